"""The cookies: the session (Strict), the browser of a sign-in under way (Lax, 12 hours), a child's paired device (Strict, 180 days)."""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

# A sign-in under way: longer than Keycloak keeps its own login open, and that longer than the bridge waits for Госуслуги.
LOGIN_S = 45 * 60
# The browser is known longer than its sign-in lasts: whoever comes back in the afternoon still arrives where they were going.
BROWSER_S = 12 * 3600

# As long as identity keeps a device that is not used.
DEVICE_S = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Cookie:
    """A host-only cookie of the whole site that scripts cannot read."""

    name: str
    same_site: Literal["strict", "lax"]
    max_age: int | None

    def read(self, request: HTTPConnection) -> str:
        """Its value, or empty."""
        return request.cookies.get(self.name, "")

    def put(self, response: Response, value: str) -> None:
        """Sets it in the answer."""
        response.set_cookie(self.name, value, max_age=self.max_age, path="/", secure=True, httponly=True, samesite=self.same_site)

    def drop(self, response: Response) -> None:
        """Removes it in the answer."""
        response.delete_cookie(self.name, path="/", secure=True, httponly=True, samesite=self.same_site)


SESSION = Cookie("__Host-myschool", "strict", None)
LOGIN = Cookie("__Host-myschool-login", "lax", BROWSER_S)
DEVICE = Cookie("__Host-myschool-device", "strict", DEVICE_S)
