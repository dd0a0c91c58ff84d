"""Failures of the gateway itself; those of the services arrive as RemoteError."""

from myschool_kit.errors import DomainError, Forbidden, Invalid, Kind, NotFound, Stale, TooMany, Unauthenticated

DOMAIN = "gateway"


class AccountUnconfirmed(Forbidden):
    """A role that acts for a whole school or region needs an account that Госуслуги have confirmed."""

    reason = "ACCOUNT_UNCONFIRMED"


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


class HeadTooLarge(DomainError):
    """Address or headers are longer than any page of ours sends."""

    kind = Kind.INVALID
    reason = "HEAD_TOO_LARGE"


class MediaTypeUnsupported(DomainError):
    """The body is not JSON (or, for a file, not a form), or it is compressed."""

    kind = Kind.INVALID
    reason = "MEDIA_TYPE_UNSUPPORTED"


class MethodNotAllowed(DomainError):
    """The route exists for other methods only."""

    kind = Kind.INVALID
    reason = "METHOD_NOT_ALLOWED"


class Overloaded(DomainError):
    """The process falls behind and the call can wait; param `retry_after_s`."""

    kind = Kind.UNAVAILABLE
    reason = "OVERLOADED"


class RouteNotFound(NotFound):
    """No such route."""

    reason = "ROUTE_NOT_FOUND"


class ScopeMissing(Forbidden):
    """A machine account asks for what none of its scopes opens."""

    reason = "SCOPE_MISSING"


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


class TokenNotAllowed(Forbidden):
    """A personal token reads what it was made for and changes nothing."""

    reason = "TOKEN_NOT_ALLOWED"


class TooManyCalls(TooMany):
    """The session's rate limit is used up."""

    reason = "RATE_LIMITED"


class ExportNotFound(NotFound):
    """The archive is somebody else's, has expired or is not ready."""

    reason = "EXPORT_NOT_FOUND"


class DeviceUnknown(NotFound):
    """The browser is no child's device."""

    reason = "DEVICE_UNKNOWN"
