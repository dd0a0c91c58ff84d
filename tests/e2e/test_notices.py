"""Letters about an account: an address is confirmed by the code of a letter, and a sign-in elsewhere is told there, once and by choice."""

import re
from email.message import EmailMessage

import looks
import people
import pytest
import signing
from browser import Browsers
from moments import eventually
from playwright.async_api import expect

from myschool_stack.parts import mail

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
ADDRESS = "orlova.head@example.ru"


def letters(whole_stack) -> list[EmailMessage]:
    return [one for one in mail.letters(whole_stack.profile) if one["To"] == ADDRESS]


async def arrived(whole_stack, count: int) -> EmailMessage:
    """The newest letter, once there are so many."""

    async def there() -> bool:
        return len(letters(whole_stack)) == count

    await eventually(there, 15, f"letter {count}")
    return letters(whole_stack)[-1]


async def test_address_when_confirmed_then_a_new_device_is_told_and_silence_is_kept(browsers: Browsers, whole_stack) -> None:
    window = await signing.sign_in(await browsers.open("head"), people.HEAD)
    page, card = window.page, window.page.locator("#addresses")
    await window.go("/settings#addresses")
    window.expects(422, "/api/v1/notices")
    await card.get_by_label("Ваша почта").fill("orlova.head@example")
    await card.get_by_role("button", name="Добавить и прислать код").click()
    await expect(card.get_by_role("alert")).to_be_visible()
    await card.get_by_label("Ваша почта").fill(ADDRESS)
    await card.get_by_role("button", name="Добавить и прислать код").click()
    await expect(card.get_by_text("ждёт кода")).to_be_visible()
    [code] = re.findall(r"\b\d{6}\b", (await arrived(whole_stack, 1)).get_content())
    entry = card.get_by_label("Код из письма, 6 цифр")
    await entry.fill("000000" if code != "000000" else "111111")
    await card.get_by_role("button", name="Подтвердить").click()
    await expect(card.get_by_text("Осталось 4 попытки")).to_be_visible()
    await looks.shown(window, "notices-code")
    await entry.fill(code)
    await card.get_by_role("button", name="Подтвердить").click()
    told = card.get_by_role("checkbox", name="Вход с нового устройства")
    await expect(told).to_be_checked()
    await looks.shown(window, "notices")
    await signing.sign_in(await browsers.open("phone", user_agent=FIREFOX), people.HEAD)
    letter = await arrived(whole_stack, 2)
    assert letter["Subject"] == "Вход с нового устройства"
    assert "Firefox" in letter.get_content()
    assert window.address("/settings") in letter.get_content()
    async with page.expect_response(lambda reply: reply.request.method == "PUT" and "/notices/" in reply.url):
        await told.uncheck()
    await page.reload()
    await expect(told).not_to_be_checked()
    await card.get_by_role("button", name=f"Удалить адрес {ADDRESS}").click()
    await card.get_by_role("button", name=f"Да, удалить {ADDRESS}").click()
    await expect(card.get_by_text("Почты для уведомлений нет.")).to_be_visible()
