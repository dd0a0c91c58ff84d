"""Failures of the gateway itself; those of the services arrive as RemoteError."""

from myschool_kit.errors import DomainError, Forbidden, Invalid, Kind, NotFound, Stale, TooMany, Unauthenticated

DOMAIN = "gateway"


class BodyTooLarge(DomainError):
    """The body is larger than the route takes; param `limit_bytes`."""

    kind = Kind.INVALID
    reason = "BODY_TOO_LARGE"


class ConsentRequired(Forbidden):
    """Consents are missing; until they are given only the consent page works."""

    reason = "CONSENT_REQUIRED"


class CsrfRefused(Forbidden):
    """The call did not come from our own page."""

    reason = "CSRF_REFUSED"


class KeycloakAway(DomainError):
    """The sign-in server does not answer."""

    kind = Kind.UNAVAILABLE
    reason = "SIGN_IN_AWAY"


class LoginRefused(Invalid):
    """Keycloak's answer at the end of a sign-in cannot be trusted or used."""

    reason = "SIGN_IN_REFUSED"


class MethodNotAllowed(DomainError):
    """The route exists for other methods only."""

    kind = Kind.INVALID
    reason = "METHOD_NOT_ALLOWED"


class RouteNotFound(NotFound):
    """No such route."""

    reason = "ROUTE_NOT_FOUND"


class SessionMoved(Stale):
    """The session changed or ended while it was being changed."""

    reason = "SESSION_MOVED"


class SessionRequired(Unauthenticated):
    """There is no session, or it has ended."""

    reason = "SESSION_REQUIRED"


class SessionsAway(DomainError):
    """The session store does not answer."""

    kind = Kind.UNAVAILABLE
    reason = "SESSIONS_AWAY"


class TooManyCalls(TooMany):
    """The session's rate limit is used up."""

    reason = "RATE_LIMITED"
