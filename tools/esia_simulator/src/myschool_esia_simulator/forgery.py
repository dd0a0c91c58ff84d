"""ID tokens as an attacker or a broken server would send them, for tests of the client's checks."""

import base64
import hashlib
import hmac
import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from myschool_esia_simulator.keyring import KeyRing

_HOUR = 3600
Claims = dict[str, Any]


def altered(claims: Claims, tampering: str) -> Claims:
    """Claims with one of them wrong; unchanged for tamperings that are not about claims."""
    now = int(claims["iat"])
    changes: dict[str, Claims] = {
        "aud": {"aud": "OTHER"},
        "iss": {"iss": "https://evil.example/"},
        "exp": {"exp": now - _HOUR},
        "nbf": {"nbf": now + _HOUR},
        "sub": {"sub": ""},
    }
    return claims | changes.get(tampering, {})


def forged(token: str, tampering: str, keys: KeyRing) -> str:
    """The token with its signature replaced; unchanged for tamperings that are not about the signature."""
    head, body, signature = token.split(".")
    if tampering == "signature":
        return f"{head}.{body}.{('A' if signature[0] != 'A' else 'B')}{signature[1:]}"
    if tampering == "alg_none":
        return f"{part({'alg': 'none', 'typ': 'JWT', 'sbt': 'id', 'ver': 0})}.{body}."
    if tampering == "alg_hs256":
        # The confusion attack: the public key, known to everybody, as the secret of an HMAC.
        signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'sbt': 'id', 'ver': 0})}.{body}"
        return f"{signed}.{text(hmac.new(keys.public_pem(), signed.encode(), hashlib.sha256).digest())}"
    if tampering == "wrong_key":
        header = {"alg": "RS256", "typ": "JWT", "sbt": "id", "ver": 0}
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        return jwt.encode(header, claims, RSAKey.generate_key(2048), registry=registry)
    return token


def part(content: Claims) -> str:
    """Head or body of a token as it is written."""
    return text(json.dumps(content).encode())


def text(content: bytes) -> str:
    """Bytes as a token writes them: base64 for addresses, without filling."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
