"""Personas of the demo region, signed in over HTTP the way a browser does it, without a browser."""

import re
from http.cookies import SimpleCookie
from uuid import uuid4

import httpx

PASSWORD = "demo"
TEACHER = "+7(900)0000001"
SECOND_TEACHER = "+7(900)0000002"
GUARDIAN = "+7(900)0000003"
STUDENT = "+7(900)0000004"
HEAD = "+7(900)0000005"
EXPERT = "+7(900)0000006"
WITHOUT_EMAIL = "+7(900)0000007"
UNCONFIRMED = "+7(900)0000008"
COORDINATOR = "+7(900)0000013"
FOREIGN_GUARDIAN = "+7(900)0000014"
FOREIGN_TEACHER = "+7(900)0000015"
FEDERAL = "+7(900)0000016"
FATHER = "+7(900)0000017"
DAUGHTER = "+7(900)0000018"
HEAD_EMAIL, HEAD_SNILS = "orlov@example.org", "000-001-005 09"
# The numbers by which Госуслуги, and so Keycloak and identity, know some of them.
TEACHER_OID, HEAD_OID, GUARDIAN_OID = "1000000001", "1000000005", "1000000003"
FOREIGN_GUARDIAN_OID, FOREIGN_TEACHER_OID = "1000000014", "1000000015"
CSRF = {"X-MySchool-CSRF": "1"}


class Cookies(httpx.Auth):
    """One browser's cookies for this machine. A browser treats http://localhost as safe and sends Secure cookies there;
    the standard jar does not, so the few rules that matter here are kept by hand."""

    requires_response_body = False

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request):
        request.headers.pop("cookie", None)
        if self.values:
            request.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.values.items())
        response = yield request
        for header in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.values.pop(name, None)
                else:
                    self.values[name] = morsel.value


class Visitor:
    """One browser's worth of cookies. `gateway` is the public address of the page."""

    def __init__(self, gateway: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.gateway = gateway
        self.cookies = Cookies()
        self.http = httpx.AsyncClient(base_url=gateway, auth=self.cookies, timeout=30, follow_redirects=False, transport=transport)

    async def close(self) -> None:
        await self.http.aclose()

    async def sign_in(self, login: str, role_type: str = "") -> dict:
        """Through Keycloak, bridge and Госуслуги; gives missing consents; enters the role when there is a choice."""
        page = await self.follow(await self.http.get("/auth/login", params={"return_to": "/"}))
        if "/login/" in str(page.url) or 'name="login"' in page.text:
            page = await self.follow(await self.http.post(_action(page), data={"login": login, "password": PASSWORD}))
        if "/account/" in str(page.url):
            # Госуслуги still know this browser: the person goes on as who they are.
            page = await self.follow(await self.http.post(_action(page), data={}))
        if "grantAuthorization" in page.text:
            page = await self.follow(await self.http.post(_action(page), data={"decision": "grant"}))
        page.raise_for_status()
        state = (await self.get("/api/v1/session")).json()
        assert state["authenticated"], f"sign-in ended at {page.url}"
        if state["missing_consents"]:
            await self.consent()
            state = (await self.get("/api/v1/session")).json()
        if role_type and (state["role"] or {}).get("type") != role_type:
            role = next(role for role in state["roles"] if role["type"] == role_type)
            state = (await self.post("/api/v1/session/role", {"role_id": role["id"]})).json()
        return state

    async def follow(self, page: httpx.Response) -> httpx.Response:
        """Redirects one by one: every hop, also to another address, gets and gives its cookies."""
        while page.is_redirect:
            page = await self.http.get(page.url.join(page.headers["location"]))
        return page

    async def consent(self) -> None:
        """Gives every missing consent in the version that is shown."""
        texts = (await self.get("/api/v1/consents")).json()["consents"]
        given = [{"purpose": text["purpose"], "version": text["version"], "subject_id": text["subject_id"]} for text in texts]
        (await self.post("/api/v1/consents", {"consents": given})).raise_for_status()

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self.http.get(path, params=params or None, headers=CSRF)

    async def post(self, path: str, body: object, key: str = "") -> httpx.Response:
        return await self.send("POST", path, body, key)

    async def put(self, path: str, body: object, key: str = "") -> httpx.Response:
        return await self.send("PUT", path, body, key)

    async def send(self, method: str, path: str, body: object, key: str = "") -> httpx.Response:
        headers = {**CSRF, "Idempotency-Key": key or str(uuid4()), "Origin": self.gateway}
        return await self.http.request(method, path, json=body, headers=headers)


def _action(page: httpx.Response) -> httpx.URL:
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert found, f"no form on {page.url}"
    return page.url.join(found.group(1))
