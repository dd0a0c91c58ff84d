"""Error codes of ESIA that the simulator answers with: of itself, or on demand (see `faults`)."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class _Meaning:
    error: str
    text: str


class Code(Enum):
    """One published code: its OAuth `error` value and the text after it."""

    CERTIFICATE_MISMATCH = ("007002", _Meaning("unauthorized_client", "the certificate does not match the system"))
    BAD_PARAMETER = ("007003", _Meaning("invalid_request", "a parameter is duplicated or has a bad value"))
    REFUSED = ("007004", _Meaning("access_denied", "the owner of the resource refused"))
    CLIENT_UNKNOWN = ("007005", _Meaning("unauthorized_client", "the system may not use this method"))
    BAD_SCOPE = ("007006", _Meaning("invalid_scope", "the scope is unknown or not allowed to the system"))
    UNEXPECTED = ("007007", _Meaning("server_error", "an unexpected error of the server"))
    OVERLOADED = ("007008", _Meaning("temporarily_unavailable", "the service is overloaded or under maintenance"))
    METHOD_UNSUPPORTED = ("007009", _Meaning("unsupported_grant_type", "the method is not supported"))
    GRANT_INVALID = ("007011", _Meaning("invalid_grant", "the code or refresh token is invalid, expired, used or of another client"))
    RESPONSE_UNSUPPORTED = ("007012", _Meaning("unsupported_response_type", "the type of code is not supported"))
    SCOPE_MISSING = ("007013", _Meaning("invalid_scope", "no scope is given"))
    PARAMETER_MISSING = ("007014", _Meaning("invalid_request", "a mandatory parameter is missing"))
    WRONG_TIME = ("007015", _Meaning("invalid_request", "the time of the request is wrong"))
    NOT_PERMITTED = ("007019", _Meaning("access_denied", "there is no permission for this action"))
    REDIRECT_FORBIDDEN = ("007023", _Meaning("invalid_request", "the redirect_uri is not allowed to the system"))
    UNREADABLE = ("007038", _Meaning("invalid_request", "the parameters cannot be read"))
    CHALLENGE_MISSING = ("007039", _Meaning("invalid_request", "code_challenge is missing in the authorization request"))
    CHALLENGE_MISMATCH = ("007040", _Meaning("invalid_grant", "code_verifier does not fit code_challenge"))
    SECOND_FACTOR = ("007046", _Meaning("access_denied", "a second factor is demanded but not available"))
    SECRET_WRONG = ("007053", _Meaning("unauthorized_client", "OAuthErrorEnum.clientSecretWrong"))
    UNCONFIRMED = ("007055", _Meaning("access_denied", "the account of the person is not confirmed"))
    BAD_ROLES = ("007060", _Meaning("invalid_request", "the parameter roles is wrong"))
    BAD_OBJECT_TYPE = ("007061", _Meaning("invalid_request", "the parameter obj_type is wrong"))
    BAD_USER_TYPE = ("007062", _Meaning("access_denied", "the type of the user is wrong"))
    NOT_EMPLOYED = ("007194", _Meaning("access_denied", "the scope of an organisation is asked for a person who is not its employee"))
    CLIENT_UNPROVEN = ("008010", _Meaning("invalid_client", "the client could not be authenticated"))
    CONSENT_MISSING = ("036700", _Meaning("access_denied", "there is no consent to give the data"))
    CONSENT_REVOKED = ("036726", _Meaning("access_denied", "the consent has been revoked"))

    @property
    def number(self) -> str:
        """Six digits as published."""
        return self.value[0]

    @property
    def error(self) -> str:
        """OAuth 2.0 error value."""
        return self.value[1].error

    @property
    def text(self) -> str:
        """Words for a developer, in English."""
        return self.value[1].text


BY_NUMBER = {code.number: code for code in Code}


class EsiaError(Exception):
    """A refusal with a published code; `detail` names the parameter at fault when there is one."""

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.description = f"ESIA-{code.number}: {code.text}" + (f" ({detail})" if detail else "")
        super().__init__(self.description)
