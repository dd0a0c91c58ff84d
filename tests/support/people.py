"""Personas of the demo region, signed in over HTTP the way a browser does it, without a browser."""

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
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
CSRF = {"X-MySchool-CSRF": "1"}


class Visitor:
    """One browser's worth of cookies. `gateway` is the public address of the page."""

    def __init__(self, gateway: str) -> None:
        # A browser treats http://localhost as safe and sends Secure cookies there; the standard jar must be told so.
        jar = CookieJar(policy=DefaultCookiePolicy(secure_protocols=("https", "wss", "http")))
        self.gateway = gateway
        self.http = httpx.AsyncClient(base_url=gateway, cookies=jar, timeout=30, follow_redirects=True)

    async def close(self) -> None:
        await self.http.aclose()

    async def sign_in(self, login: str, role_type: str = "") -> dict:
        """Through Keycloak, bridge and Госуслуги; gives missing consents; enters the role when there is a choice."""
        page = await self.http.get("/auth/login", params={"return_to": "/"})
        if "/login/" in str(page.url) or 'name="login"' in page.text:
            page = await self.http.post(_action(page), data={"login": login, "password": PASSWORD})
        if "grantAuthorization" in page.text:
            page = await self.http.post(_action(page), data={"decision": "grant"})
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

    async def consent(self) -> None:
        """Gives every missing consent in the version that is shown."""
        texts = (await self.get("/api/v1/consents")).json()["consents"]
        given = [{"purpose": text["purpose"], "version": text["version"]} for text in texts]
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
