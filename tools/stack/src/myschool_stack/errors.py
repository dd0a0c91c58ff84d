"""What the launcher tells a person: one sentence about the cause, one about the way out."""


class StackError(Exception):
    """A fault with its cause and its cure in words; printed as is, without a traceback."""

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(f"{cause} {cure}".strip())
        self.cause = cause
        self.cure = cure


class Cancelled(Exception):
    """Another part failed or a person pressed Ctrl-C: this one stops waiting."""
