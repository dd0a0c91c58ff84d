"""The sign-in server as its administrator sees it: who has a session there, and ending one."""

from collections.abc import Mapping

import httpx


class Realm:
    """Keycloak's admin API for our realm; a token for each call, they live for a minute."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._server = environment["MYSCHOOL_KEYCLOAK_URL"]
        self._name = environment["MYSCHOOL_KEYCLOAK_REALM"]

    async def sessions(self, esia_oid: str) -> list[str]:
        """Ids of the living sessions of the person with this oid."""
        async with httpx.AsyncClient(timeout=20) as http:
            headers = await self._headers(http)
            admin = f"{self._server}/admin/realms/{self._name}"
            found = await http.get(f"{admin}/users", params={"username": f"esia:{esia_oid}", "exact": "true"}, headers=headers)
            users = found.raise_for_status().json()
            if not users:
                return []
            living = await http.get(f"{admin}/users/{users[0]['id']}/sessions", headers=headers)
            return [session["id"] for session in living.raise_for_status().json()]

    async def end(self, session: str) -> None:
        """Ends one session as an administrator does."""
        async with httpx.AsyncClient(timeout=20) as http:
            headers = await self._headers(http)
            address = f"{self._server}/admin/realms/{self._name}/sessions/{session}"
            (await http.delete(address, headers=headers)).raise_for_status()

    async def machine_token(self, provider: str, secret: str) -> str:
        """What a content provider's machine gets for its client id and secret."""
        async with httpx.AsyncClient(timeout=20) as http:
            address = f"{self._server}/realms/{self._name}/protocol/openid-connect/token"
            form = {"grant_type": "client_credentials", "client_id": f"provider-{provider}", "client_secret": secret}
            return str((await http.post(address, data=form)).raise_for_status().json()["access_token"])

    async def _headers(self, http: httpx.AsyncClient) -> dict[str, str]:
        form = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": self._environment["MYSCHOOL_KEYCLOAK_ADMIN"],
            "password": self._environment["MYSCHOOL_KEYCLOAK_ADMIN_PASSWORD"],
        }
        answer = await http.post(f"{self._server}/realms/master/protocol/openid-connect/token", data=form)
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
