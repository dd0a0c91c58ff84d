"""The rules of the OpenID provider: what is accepted from Keycloak and what it gets."""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from myschool_identity.bridge.errors import OidcError, SignInProblem
from myschool_identity.bridge.state import ACCESS_S, Identity, Transaction
from myschool_identity.profile.model import EsiaProfile
from myschool_kit import clock

_ID_S = 300


def read_authorization(items: Sequence[tuple[str, str]], client_id: str, redirect_uri: str) -> Transaction:
    """Keycloak's request. SignInProblem when it is not Keycloak's; OidcError, to be sent back to it, when it is malformed."""
    params = dict(items)
    if params.get("client_id") != client_id or params.get("redirect_uri") != redirect_uri:
        raise SignInProblem("client", "the request does not come from Keycloak")
    if max(Counter(name for name, _ in items).values()) > 1:
        raise OidcError("invalid_request", "a parameter is repeated")
    if params.get("response_type") != "code":
        raise OidcError("unsupported_response_type", "only code is supported")
    if "openid" not in params.get("scope", "").split():
        raise OidcError("invalid_scope", "openid is required")
    if params.get("code_challenge_method") != "S256" or not 43 <= len(params.get("code_challenge", "")) <= 128:
        raise OidcError("invalid_request", "PKCE with S256 is required")
    if not params.get("state"):
        raise OidcError("invalid_request", "state is required")
    return Transaction(
        redirect_uri=redirect_uri, state=params["state"], nonce=params.get("nonce", ""), code_challenge=params["code_challenge"]
    )


def check_grant_type(form: Mapping[str, str]) -> None:
    """Raises OidcError unless a code is offered."""
    if form.get("grant_type") != "authorization_code":
        raise OidcError("unsupported_grant_type", "only authorization_code is supported")


def check_redemption(form: Mapping[str, str], identity: Identity | None) -> Identity:
    """Matches the token request with what the code was issued for. Raises OidcError(invalid_grant)."""
    if identity is None:
        raise OidcError("invalid_grant", "the code is unknown, used or older than a minute")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
    if not hmac.compare_digest(challenge, identity.code_challenge.encode()):
        raise OidcError("invalid_grant", "the code verifier does not fit")
    if form.get("redirect_uri") != identity.redirect_uri:
        raise OidcError("invalid_grant", "the redirect_uri differs")
    return identity


def claims_of(profile: EsiaProfile) -> dict[str, Any]:
    """What Keycloak may know of a person: no СНИЛС, no phone, no e-mail (DESIGN §4, privacy)."""
    claims: dict[str, Any] = {
        "sub": profile.esia_oid,
        "name": " ".join(filter(None, (profile.family_name, profile.given_name, profile.middle_name))),
        "family_name": profile.family_name,
        "given_name": profile.given_name,
        "middle_name": profile.middle_name,
        "esia_trusted": profile.trusted,
        "esia_level": profile.level,
    }
    if profile.birth_date is not None:
        claims["birthdate"] = profile.birth_date.isoformat()
    return claims


class Issuer:
    """Signs ID tokens with the first key and publishes both: the second takes over at the next rotation."""

    def __init__(self, url: str, client_id: str, key_pem: bytes, next_key_pem: bytes) -> None:
        self.url = url
        self._client_id = client_id
        keys = [RSAKey.import_key(pem, {"use": "sig", "alg": "RS256"}) for pem in (key_pem, next_key_pem)]
        for key in keys:
            key.ensure_kid()
        self._key = keys[0]
        self.jwks = KeySet([*keys]).as_dict(private=False)

    def id_token(self, identity: Identity, access_token: str) -> str:
        """RS256 JWT with Keycloak's nonce, good for five minutes."""
        now = int(clock.now().timestamp())
        digest = hashlib.sha256(access_token.encode()).digest()
        claims = identity.claims | {
            "iss": self.url,
            "aud": self._client_id,
            "iat": now,
            "exp": now + _ID_S,
            "auth_time": identity.auth_time,
            "acr": "esia",
            "amr": ["pwd"],
            "at_hash": base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode(),
        }
        if identity.nonce:
            claims["nonce"] = identity.nonce
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self._key.kid}, claims, self._key)

    def token_answer(self, identity: Identity, access_token: str) -> dict[str, str | int]:
        """Body of the token answer."""
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
            "scope": "openid",
            "id_token": self.id_token(identity, access_token),
        }

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["sub", "name", "family_name", "given_name", "middle_name", "birthdate", "esia_trusted", "esia_level"],
        }
