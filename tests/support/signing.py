"""The way in and out as a person goes it: our sign-in page, Госуслуги, consents, choice of a role, the menu under the name."""

from browser import Window
from people import PASSWORD
from playwright.async_api import Locator, Page, expect

GRANT, REFUSE = "#grantAuthorization", "#refuseAuthorization"
ROLES = {"TEACHER": "Учитель", "GUARDIAN": "Родитель"}


async def to_gosuslugi(window: Window, path: str = "/") -> None:
    """From our sign-in page to the login form, past Keycloak without seeing it."""
    await window.go(path)
    await window.page.get_by_role("link", name="Войти через Госуслуги").click()
    await expect(window.page.get_by_label("Телефон / Email / СНИЛС")).to_be_visible()


async def give_login(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fills the form of Госуслуги and sends it."""
    await page.get_by_label("Телефон / Email / СНИЛС").fill(login)
    await page.get_by_label("Пароль").fill(password)
    await page.get_by_role("button", name="Войти", exact=True).click()


async def grant_scopes(page: Page) -> None:
    """Lets «Моя школа» read the data, when Госуслуги ask for it."""
    await expect(page.locator(GRANT).or_(page.locator("#root")).first).to_be_attached()
    if await page.locator(GRANT).count():
        await page.locator(GRANT).click()


def consent_page(page: Page) -> Locator:
    """Our own consent page, by its heading."""
    return page.get_by_role("heading", name="Согласие", exact=True)


def inside(page: Page) -> Locator:
    """What is on every page of a cabinet: the button with the person's name."""
    return page.get_by_role("navigation", name="Разделы")


async def give_consents(page: Page) -> None:
    """Consents to everything that is asked, for oneself and the children, and goes on."""
    boxes = page.get_by_role("checkbox", name="Прочитано, согласие даю")
    words = page.get_by_role("button", name="Согласие даю", exact=True)
    await expect(boxes.or_(words).first).to_be_visible()
    for box in await boxes.all():
        await box.check()
    for word in await words.all():
        await word.click()
    await page.get_by_role("button", name="Продолжить").click()


async def sign_in(window: Window, login: str, role: str = "", path: str = "/") -> Window:
    """All the way into the cabinet, giving what is asked for on the way."""
    page = window.page
    await to_gosuslugi(window, path)
    await give_login(page, login)
    await grant_scopes(page)
    await expect(consent_page(page).or_(inside(page)).first).to_be_visible()
    if await consent_page(page).count():
        await give_consents(page)
        await expect(inside(page)).to_be_visible()
    if role:
        await choose_role(page, role)
    return window


async def choose_role(page: Page, role: str) -> None:
    """Picks a role on «Настройки аккаунта»."""
    card = page.get_by_role("heading", name=ROLES[role], exact=True, level=3).locator("xpath=..")
    await card.get_by_role("button", name="Войти в роль").click()
    await expect(page.get_by_role("heading", name="Настройки аккаунта")).to_have_count(0)


async def switch_role(page: Page, role: str) -> None:
    """Changes the role in the menu under the person's name."""
    menu = await open_menu(page)
    await menu.get_by_role("button", name=ROLES[role]).click()


async def open_menu(page: Page) -> Locator:
    """The menu under the person's name, unfolded."""
    top = page.get_by_role("banner")
    leave = top.get_by_role("button", name="Выйти", exact=True)
    if not await leave.count():
        await top.get_by_role("button", expanded=False).last.click()
    await expect(leave).to_be_visible()
    return top


async def sign_out(page: Page) -> None:
    """«Выйти» in the menu."""
    menu = await open_menu(page)
    await menu.get_by_role("button", name="Выйти", exact=True).click()
