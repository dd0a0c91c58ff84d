"""Ways a sign-in can end without a sign-in."""


class SignInProblem(Exception):
    """Ends on the problem page of the gateway; `code` chooses its text, `detail` is for the log only."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__(detail or code)


class OidcError(Exception):
    """A refusal to the OIDC client (Keycloak): `error` of RFC 6749 and words for a developer."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(f"{error}: {description}")


UNCONFIRMED = "ESIA-007055"
EXPIRED = "expired"
UNAVAILABLE = "ESIA-unavailable"
BAD_ANSWER = "ESIA-answer"
SIGNER = "signer"
