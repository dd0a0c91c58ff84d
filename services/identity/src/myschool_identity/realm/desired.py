"""How the realm should be: plain Keycloak representations, made from settings and keys alone."""

import json
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import KeySet, RSAKey

from myschool_identity.settings import IdentitySettings

Representation = dict[str, Any]

PROVIDER = "esia"
FIRST_LOGIN_FLOW = "first login through esia"
BROWSER_FLOW = "browser through esia"
# Actions that would put a page of Keycloak between Госуслуги and the cabinet.
DISABLED_ACTIONS = ("VERIFY_PROFILE", "UPDATE_PROFILE", "VERIFY_EMAIL", "UPDATE_PASSWORD")


@dataclass(frozen=True)
class Flow:
    """A top-level authentication flow: (authenticator, requirement, its configuration) in order."""

    alias: str
    description: str
    executions: tuple[tuple[str, str, dict[str, str]], ...]


# E-mail is never used to find an account: it may be absent or shared. Hence no review page, no linking.
FLOWS = (
    Flow(FIRST_LOGIN_FLOW, "Creates the user, shows no page", (("idp-create-user-if-unique", "REQUIRED", {}),)),
    Flow(
        BROWSER_FLOW,
        "A living session, else straight to Госуслуги: there is no password form",
        (("auth-cookie", "ALTERNATIVE", {}), ("identity-provider-redirector", "ALTERNATIVE", {"defaultProvider": PROVIDER})),
    ),
)


def realm(settings: IdentitySettings) -> Representation:
    """Realm without its parts. Times in seconds: half an hour idle, ten hours at most, as the gateway's own session."""
    return {
        "realm": settings.keycloak_realm,
        "enabled": True,
        "displayName": "Моя школа",
        # Leads back to the gateway from every page that Keycloak could show (services/identity/theme).
        "loginTheme": "myschool",
        "sslRequired": "external",
        "registrationAllowed": False,
        "resetPasswordAllowed": False,
        "rememberMe": False,
        "verifyEmail": False,
        "loginWithEmailAllowed": False,
        "duplicateEmailsAllowed": True,
        "editUsernameAllowed": False,
        # There is no password to guess here, and the guard refuses a person who signs in on two devices at one moment.
        "bruteForceProtected": False,
        "internationalizationEnabled": True,
        "supportedLocales": ["ru"],
        "defaultLocale": "ru",
        "accessTokenLifespan": 900,
        "accessCodeLifespan": 60,
        "accessCodeLifespanUserAction": 300,
        # Longer than the bridge waits for Госуслуги (bridge/state.py), shorter than the gateway remembers the sign-in.
        "accessCodeLifespanLogin": 2400,
        "ssoSessionIdleTimeout": 1800,
        "ssoSessionMaxLifespan": 36000,
        "eventsEnabled": True,
        "eventsExpiration": 2592000,
        "adminEventsEnabled": True,
    }


def user_profile() -> Representation:
    """Nothing but the username is required: the real system's dead end was an account without e-mail."""
    return {
        "attributes": [
            _attribute("username", {"length": {"min": 3, "max": 255}}),
            _attribute("email", {"email": {}, "length": {"max": 255}}),
            _attribute("firstName", {"length": {"max": 255}}),
            _attribute("lastName", {"length": {"max": 255}}),
            _attribute("esia_oid", {"length": {"max": 20}}),
        ],
        "groups": [],
    }


def identity_provider(settings: IdentitySettings) -> Representation:
    """The bridge as identity provider."""
    bridge = settings.bridge_url
    return {
        "alias": PROVIDER,
        "displayName": "Госуслуги",
        "providerId": "oidc",
        "enabled": True,
        "trustEmail": False,
        "storeToken": False,
        "linkOnly": False,
        "firstBrokerLoginFlowAlias": FIRST_LOGIN_FLOW,
        "config": {
            "issuer": bridge,
            "authorizationUrl": f"{bridge}/authorize",
            "tokenUrl": f"{bridge}/token",
            "userInfoUrl": f"{bridge}/userinfo",
            "logoutUrl": f"{bridge}/logout",
            "jwksUrl": f"{bridge}/jwks",
            "useJwksUrl": "true",
            "validateSignature": "true",
            "clientId": settings.bridge_client_id,
            "clientAuthMethod": "private_key_jwt",
            "clientAssertionSigningAlg": "RS256",
            "pkceEnabled": "true",
            "pkceMethod": "S256",
            "defaultScope": "openid",
            "syncMode": "FORCE",
            "disableUserInfo": "true",
            "backchannelSupported": "false",
        },
    }


def provider_mappers() -> list[Representation]:
    """What Keycloak keeps of the bridge's claims beside the names."""
    return [
        {
            "name": "username",
            "identityProviderAlias": PROVIDER,
            "identityProviderMapper": "oidc-username-idp-mapper",
            "config": {"syncMode": "INHERIT", "template": "esia:${CLAIM.sub}", "target": "LOCAL"},
        },
        {
            "name": "esia_oid",
            "identityProviderAlias": PROVIDER,
            "identityProviderMapper": "oidc-user-attribute-idp-mapper",
            "config": {"syncMode": "INHERIT", "claim": "sub", "user.attribute": "esia_oid"},
        },
    ]


def gateway_client(settings: IdentitySettings) -> Representation:
    """The only client people sign in through; it proves itself by its key, or by the next one when that is being replaced."""
    names = ["gateway-client.key", *(["gateway-client-next.key"] if (settings.keys_dir / "gateway-client-next.key").exists() else [])]
    keys = [RSAKey.import_key(settings.key(name), {"use": "sig", "alg": "RS256"}) for name in names]
    for key in keys:
        key.ensure_kid()
    jwks = json.dumps(KeySet([*keys]).as_dict(private=False), sort_keys=True)
    gateway = settings.gateway_url
    return client("gateway", "Моя школа") | {
        "clientAuthenticatorType": "client-jwt",
        "standardFlowEnabled": True,
        "redirectUris": [f"{gateway}/auth/callback"],
        "attributes": {
            "use.jwks.url": "false",
            "use.jwks.string": "true",
            "jwks.string": jwks,
            "token.endpoint.auth.signing.alg": "RS256",
            "pkce.code.challenge.method": "S256",
            "backchannel.logout.url": f"{gateway}/auth/backchannel-logout",
            "backchannel.logout.session.required": "true",
        },
    }


def gateway_mappers() -> list[Representation]:
    """The oid by which identity knows the person; no name, no contact (DESIGN §4, privacy)."""
    claim = {
        "user.attribute": "esia_oid",
        "claim.name": "esia_oid",
        "jsonType.label": "String",
        "id.token.claim": "true",
        "access.token.claim": "true",
        "userinfo.token.claim": "false",
        "introspection.token.claim": "true",
    }
    return [mapper("esia_oid", "oidc-usermodel-attribute-mapper", claim)]


def client(client_id: str, name: str) -> Representation:
    """A confidential client that may do nothing yet."""
    return {
        "clientId": client_id,
        "name": name,
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "frontchannelLogout": False,
        "fullScopeAllowed": False,
        "consentRequired": False,
    }


def mapper(name: str, kind: str, config: dict[str, str]) -> Representation:
    """A protocol mapper of a client or a scope."""
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def _attribute(name: str, validations: Representation) -> Representation:
    return {
        "name": name,
        "displayName": name,
        "validations": validations,
        "permissions": {"view": ["admin"], "edit": ["admin"]},
        "multivalued": False,
    }
