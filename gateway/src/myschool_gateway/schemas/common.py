"""What all shapes share: bounded text, ids, versions and the problem document."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt

RoleTypeName = Literal[
    "PERSON",
    "STUDENT",
    "GUARDIAN",
    "TEACHER",
    "DEPUTY_HEAD",
    "HEAD",
    "MUNICIPAL_COORDINATOR",
    "REGIONAL_COORDINATOR",
    "FEDERAL_ADMINISTRATOR",
    "CONTENT_PROVIDER",
    "EXPERT",
    "SUPPORT",
    "SYSTEM",
]
RoleStatusName = Literal["PENDING", "ACTIVE", "SUSPENDED", "TERMINATED", "REJECTED"]
AttendanceName = Literal["PRESENT", "LATE", "ABSENT", "EXCUSED", "ILL", "ONLINE", "EXEMPT"]
WorkTypeName = Literal["", "CLASSWORK", "INDEPENDENT", "TEST", "PRACTICE"]


class Input(BaseModel):
    """A request body: an unknown field is an error, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """An answer: every field is always present."""

    model_config = ConfigDict(frozen=True)


_KEPT = frozenset("\n\r\t")


def _printable(text: str) -> str:
    """Control characters have no meaning in any field, and databases refuse NUL."""
    if any(ord(char) < 32 and char not in _KEPT for char in text):
        message = "control characters are not allowed"
        raise ValueError(message)
    return text


Text = Annotated[str, AfterValidator(_printable)]
Version = Annotated[StrictInt, Field(ge=0, le=2_147_483_647, description="Version that the author saw; 0 for nothing there yet")]
Sequence = Annotated[StrictInt, Field(ge=0, le=9_007_199_254_740_991)]
PageToken = Annotated[Text, Field(max_length=500, description="`next_page_token` of the page before; empty for the first page")]
IsoDay = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="School day, ISO 8601")]


class FieldError(Output):
    """One bad field: its path and what to change."""

    field: str
    message: str


class Problem(Output):
    """RFC 9457 problem document. Pages translate `code`, never `detail`."""

    type: str = Field(description="Address of the page that explains the code")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Number to quote to support; the same stands in the logs")
    code: str = Field(description="`<service>.<REASON>`, e.g. journal.MARK_CHANGED")
    params: dict[str, str] = Field(description="Every dynamic part of the message")
    errors: list[FieldError]
