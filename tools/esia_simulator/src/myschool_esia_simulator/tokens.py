"""Tokens of the simulator: RS256 or ГОСТ, in the shapes of the real ones (integer `sub`, `urn:esia:*` claims)."""

import base64
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from myschool_esia_simulator.faults import Faults
from myschool_esia_simulator.forgery import altered, forged, part, text
from myschool_esia_simulator.gost import key_of
from myschool_esia_simulator.keyring import KeyRing
from myschool_esia_simulator.people import Person
from myschool_esia_simulator.store import Grant

ACCESS_SECONDS = 3600
ID_SECONDS = 10800
_GOST = "GOST3410_2012_256"


@dataclass(frozen=True)
class Access:
    """What a valid access token proves: whose data, within which scopes."""

    oid: int
    scopes: frozenset[str]


class Tokens:
    """Issues and reads tokens with the simulator's own keys; spoils ID tokens when that is switched on."""

    def __init__(self, keys: KeyRing, issuer: str, faults: Faults) -> None:
        self._keys = keys
        self._issuer = issuer
        self._faults = faults
        self._clock = faults.now
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
        tampering = self._faults.switches.tampering
        token = self._sign("access" if tampering == "kind" else "id", 0, altered(claims, tampering))
        return forged(token, tampering, self._keys)

    def read_access(self, token: str) -> Access | None:
        """What the token proves, or None when it is not ours, not an access token or expired."""
        decoded = self._decoded(token)
        if decoded is None:
            return None
        header, claims = decoded
        if header.get("sbt") != "access" or claims["exp"] <= self._clock():
            return None
        return Access(oid=claims["urn:esia:sbj_id"], scopes=frozenset(scope.partition("?")[0] for scope in claims["scope"].split()))

    def _decoded(self, token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        if self._keys.gost:
            return _read_gost(token, self._keys)
        for key in self._keys.all:
            try:
                decoded = jwt.decode(token, key, registry=self._registry)
            except (JoseError, ValueError):
                continue
            return decoded.header, decoded.claims
        return None

    def _sign(self, kind: str, version: int, claims: dict[str, Any]) -> str:
        header = {"ver": version, "typ": "JWT", "sbt": kind}
        if self._keys.gost:
            signed = f"{part(header | {'alg': _GOST})}.{part(claims)}"
            return f"{signed}.{text(self._keys.gost[0].sign(signed.encode()))}"
        return jwt.encode(header | {"alg": "RS256"}, claims, self._keys.current, registry=self._registry)


def _read_gost(token: str, keys: KeyRing) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """A token that one of the ГОСТ keys made."""
    content, _, signature = token.rpartition(".")
    try:
        head, body = (json.loads(_bytes(one)) for one in content.split("."))
        good = any(_signed(pair.der, content, signature) for pair in keys.gost)
    except ValueError:
        return None
    return (head, body) if good and head.get("alg") == _GOST else None


@lru_cache(maxsize=1000)
def _signed(certificate: bytes, content: str, signature: str) -> bool:
    """Remembered, because it takes some 50 ms and a client asks half a dozen times with one token."""
    key = key_of(certificate)
    return key is not None and key.verify(_bytes(signature), content.encode())


def _bytes(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
