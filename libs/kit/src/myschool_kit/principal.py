"""Who calls, in which structural role: a minutes-long JWT signed by the gateway and verified in every service."""

import contextlib
import re
import time
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from myschool_kit.errors import Unauthenticated

ISSUER = "myschool-gateway"
LIFETIME_S = 300
_CACHE_SIZE = 20_000
_BLOCKS = re.compile(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller. `role_type` is a RoleType name without prefix ("TEACHER", "PERSON", "SYSTEM")."""

    person_id: str
    display_name: str
    role_type: str
    role_id: str = ""
    organisation_id: str = ""
    region_code: str = ""
    session_id: str = ""


class PrincipalSigner:
    """Held by the gateway (and by tools that load data through the services' own API)."""

    def __init__(self, private_key_pem: bytes) -> None:
        self._key = RSAKey.import_key(private_key_pem)

    def sign(self, principal: Principal) -> str:
        """A token that is good for LIFETIME_S seconds."""
        moment = int(time.time())
        claims = {
            "iss": ISSUER,
            "iat": moment,
            "exp": moment + LIFETIME_S,
            "sub": principal.person_id,
            "name": principal.display_name,
            "rt": principal.role_type,
            "role": principal.role_id,
            "org": principal.organisation_id,
            "reg": principal.region_code,
            "sid": principal.session_id,
        }
        return jwt.encode({"alg": "RS256", "typ": "principal+jwt"}, claims, self._key)


class PrincipalVerifier:
    """Checks signature, type, issuer and life time; remembers verified tokens until they expire. Any key of the file is good."""

    def __init__(self, public_keys_pem: bytes) -> None:
        self._keys = [RSAKey.import_key(block) for block in _BLOCKS.findall(public_keys_pem) or [public_keys_pem]]
        self._verified: dict[str, tuple[float, Principal]] = {}

    def verify(self, token: str) -> Principal:
        """The caller behind the token. Raises Unauthenticated for any doubt."""
        known = self._verified.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        expires, principal = self._decode(token)
        if len(self._verified) >= _CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = (expires, principal)
        return principal

    def _decode(self, token: str) -> tuple[float, Principal]:
        for key in self._keys:
            with contextlib.suppress(JoseError, ValueError):
                decoded = jwt.decode(token, key, algorithms=["RS256"])
                break
        else:
            raise Unauthenticated("principal is not valid")
        claims = decoded.claims
        if decoded.header.get("typ") != "principal+jwt" or claims.get("iss") != ISSUER:
            raise Unauthenticated("principal is of another kind")
        if (expires := float(claims.get("exp", 0))) <= time.time():
            raise Unauthenticated("principal has expired")
        return expires, Principal(
            person_id=str(claims["sub"]),
            display_name=str(claims["name"]),
            role_type=str(claims["rt"]),
            role_id=str(claims.get("role", "")),
            organisation_id=str(claims.get("org", "")),
            region_code=str(claims.get("reg", "")),
            session_id=str(claims.get("sid", "")),
        )
