"""Tokens of the simulator: RS256, in the shapes of the real ones (integer `sub`, `urn:esia:*` claims)."""

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from myschool_esia_simulator.people import Person
from myschool_esia_simulator.store import Clock, Grant

ACCESS_SECONDS = 3600
ID_SECONDS = 10800


@dataclass(frozen=True)
class Access:
    """What a valid access token proves: whose data, within which scopes."""

    oid: int
    scopes: frozenset[str]


class Tokens:
    """Issues and reads tokens with the simulator's own key."""

    def __init__(self, key: RSAKey, issuer: str, clock: Clock) -> None:
        self._key = key
        self._issuer = issuer
        self._clock = clock
        # `ver` and `sbt` are ESIA's own header fields, which a strict JOSE registry would refuse.
        self._registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)

    def access_token(self, grant: Grant) -> str:
        """JWT for the REST interface; each scope carries the oid it is limited to."""
        now = int(self._clock())
        claims = {
            "nbf": now,
            "iat": now,
            "exp": now + ACCESS_SECONDS,
            "iss": self._issuer,
            "scope": " ".join(f"{scope}?oid={grant.oid}" for scope in grant.scopes),
            "client_id": grant.client_id,
            "urn:esia:sid": grant.session,
            "urn:esia:sbj_id": grant.oid,
        }
        return self._sign("access", 1, claims)

    def id_token(self, grant: Grant, person: Person) -> str:
        """JWT about the person; `is_tru` is left out when the account is not confirmed."""
        now = int(self._clock())
        subject: dict[str, Any] = {
            "urn:esia:sbj:typ": "P",
            "urn:esia:sbj:oid": person.oid,
            "urn:esia:sbj:nam": f"OID.{person.oid}",
            "urn:esia:sbj:lvl": person.level,
        }
        if person.trusted:
            subject["urn:esia:sbj:is_tru"] = True
        claims = {
            "aud": grant.client_id,
            "sub": person.oid,
            "nbf": now,
            "iat": now,
            "exp": now + ID_SECONDS,
            "auth_time": grant.auth_time,
            "amr": "PWD",
            "iss": self._issuer,
            "urn:esia:amd": "PWD",
            "urn:esia:sid": grant.session,
            "urn:esia:sbj": subject,
        }
        return self._sign("id", 0, claims)

    def read_access(self, token: str) -> Access | None:
        """What the token proves, or None when it is not ours, not an access token or expired."""
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
        except (JoseError, ValueError):
            return None
        claims = decoded.claims
        if decoded.header.get("sbt") != "access" or claims["exp"] <= self._clock():
            return None
        return Access(oid=claims["urn:esia:sbj_id"], scopes=frozenset(scope.partition("?")[0] for scope in claims["scope"].split()))

    def _sign(self, kind: str, version: int, claims: dict[str, Any]) -> str:
        header = {"ver": version, "typ": "JWT", "sbt": kind, "alg": "RS256"}
        return jwt.encode(header, claims, self._key, registry=self._registry)
