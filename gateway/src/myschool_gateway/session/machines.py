"""Information systems of the region: service accounts of Keycloak that act for their region, each only where its scopes lead."""

import math
import re
import time
import uuid
from typing import Any, Final

from myschool_gateway.auth.gate import GUESS, Gate
from myschool_gateway.auth.keycloak import Keycloak
from myschool_gateway.errors import LoginRefused, ScopeMissing, SessionRequired
from myschool_gateway.session.model import Session, encode

_CLIENT = re.compile(r"system-[a-z0-9-]{1,60}")
_REGION = re.compile(r"[0-9]{2}")
_LONGEST = 8 * 1024
_LEEWAY_S = 10
_ID = r"[0-9a-f-]{36}"
# Scope → what may be asked. The services decide again by the region, as for its coordinator.
SCOPES: Final = {
    "organisations.read": re.compile(rf"GET /api/v1/organisations(/{_ID})?"),
    "roster.write": re.compile(rf"POST /api/v1/imports|GET /api/v1/imports/{_ID}|POST /api/v1/imports/{_ID}/confirm"),
}
_NAMESPACE = uuid.UUID("5d0f5a8e-4d0b-5b37-9f0a-6a4f4b1b3c11")


class Machines:
    """Verifies a system's token by the realm's cached keys at each call; keeps nothing."""

    def __init__(self, keycloak: Keycloak, gate: Gate, rate: Gate) -> None:
        self._keycloak = keycloak
        self._gate = gate
        self._rate = rate

    async def session(self, method: str, path: str, token: str, address: str) -> bytes:
        """The stored form of a session that acts for the system's region.

        Raises SessionRequired, ScopeMissing, TooManyCalls, SessionsAway, KeycloakAway (only while the realm's keys were never read).
        """
        client, name, region, granted = await self._told(token, address)
        await self._rate.pass_(client)
        asked = f"{method} {path}"
        if not any(SCOPES[scope].fullmatch(asked) for scope in granted & SCOPES.keys()):
            raise ScopeMissing("no scope of this account leads here")
        return encode(
            Session(
                session_id=str(uuid.UUID(int=0)),
                # The facts it leaves name it: the same id for the same account, and nobody else's.
                person_id=str(uuid.uuid5(_NAMESPACE, client)),
                display_name=name,
                keycloak_sid="",
                opened_at_ms=0,
                role_type="REGIONAL_COORDINATOR",
                region_code=region,
            )
        )

    async def _told(self, token: str, address: str) -> tuple[str, str, str, set[str]]:
        """Client, name, region and scopes of the token."""
        if len(token) > _LONGEST:
            raise SessionRequired("the token is not one of ours")
        try:
            return _read(await self._keycloak.machine(token))
        except LoginRefused as error:
            await self._gate.pass_(address, GUESS)
            raise SessionRequired("the token is not good: get a new one") from error


def _read(claims: dict[str, Any]) -> tuple[str, str, str, set[str]]:
    """Raises LoginRefused for whatever is no living access token of a system."""
    client, region, name = claims.get("azp"), claims.get("region_code"), claims.get("system_name")
    moment = time.time()
    living = (
        _number(claims.get("exp"), never=0) > moment - _LEEWAY_S and _number(claims.get("nbf", 0), never=math.inf) <= moment + _LEEWAY_S
    )
    if claims.get("typ") != "Bearer" or not living or not _is(client, _CLIENT) or not _is(region, _REGION):
        raise LoginRefused("not a living access token of a system", reason="ID_TOKEN_REFUSED")
    return str(client), str(name or client)[:200], str(region), set(str(claims.get("scope", "")).split())


def _is(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _number(value: object, never: float) -> float:
    """The moment, or `never` where there is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else never
