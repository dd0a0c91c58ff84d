"""What a provider may send: each item is checked by itself, and told in Russian what to change."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StrictStr, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from myschool_library.item.rules import KINDS, Content
from myschool_library.provider.html import clean

MOST_ITEMS = 500
_LONGEST_URL = 2_000


class ItemError(BaseModel):
    """One bad field of an item."""

    field: str
    code: str
    message: str


def _printable(value: str) -> str:
    # PostgreSQL cannot store NUL; the other control characters only harm those who read the text.
    if any((sign < " " and sign not in "\n\t") or sign == "\x7f" for sign in value):
        raise PydanticCustomError("control_characters", "Уберите управляющие символы")
    return value


def _https(value: str) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_fine = urlsplit(""), False
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not port_is_fine or any(map(str.isspace, value)):
        raise PydanticCustomError("url_not_https", "Нужна полная ссылка, которая начинается с https://")
    return value


def _kind(value: str) -> str:
    if value not in KINDS:
        raise PydanticCustomError("kind_unknown", "Допустимы виды: {kinds}", {"kinds": ", ".join(KINDS)})
    return value


def _without_repeats(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _text(shortest: int, longest: int) -> Any:
    limits = StringConstraints(strict=True, strip_whitespace=True, min_length=shortest, max_length=longest)
    return Annotated[str, limits, AfterValidator(_printable)]


class ProviderItemIn(BaseModel):
    """One item of an upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_id: Annotated[StrictStr, Field(pattern=r"^[\w.:/@+-]{1,200}$", description="The provider's own id")]
    title: _text(3, 300)  # type: ignore[valid-type]  # the annotation is built to share the limits
    summary: _text(0, 4_000) = ""  # type: ignore[valid-type]
    subject: _text(2, 100)  # type: ignore[valid-type]
    grades: Annotated[list[Annotated[StrictInt, Field(ge=1, le=11)]], Field(min_length=1, max_length=11), AfterValidator(_without_repeats)]
    kind: Annotated[StrictStr, AfterValidator(_kind), Field(json_schema_extra={"enum": list(KINDS)})]
    body_html: Annotated[StrictStr, Field(max_length=1_000_000)] = ""
    content_url: Annotated[StrictStr, Field(max_length=_LONGEST_URL), AfterValidator(_printable), AfterValidator(_https)] = ""
    duration_minutes: Annotated[StrictInt, Field(ge=0, le=1_440)] = 0
    keywords: Annotated[list[_text(1, 60)], Field(max_length=30), AfterValidator(_without_repeats)] = []  # type: ignore[valid-type]

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}

    def content(self) -> Content:
        """The content with its HTML sanitised. Raises ValueError when nothing is left to read or open."""
        body = clean(self.body_html)
        if not body and not self.content_url:
            raise ValueError
        return Content(
            title=self.title,
            summary=self.summary,
            subject=self.subject,
            grades=tuple(sorted(self.grades)),
            kind=self.kind,
            body_html=body,
            content_url=self.content_url,
            duration_minutes=self.duration_minutes,
            keywords=tuple(self.keywords),
        )


class ItemResult(BaseModel):
    """The verdict on one uploaded item."""

    external_id: str
    status: Literal["SUBMITTED", "UNCHANGED", "INVALID"]
    item_id: str
    errors: list[ItemError]


class UploadResult(BaseModel):
    """Answer to an upload: a verdict per item, in the order sent."""

    results: list[ItemResult]


class OwnItem(BaseModel):
    """An item as its provider sees it; times are epoch milliseconds."""

    external_id: str
    item_id: str
    title: str
    status: Literal["SUBMITTED", "APPROVED", "REJECTED"]
    version: int
    published: bool
    verdict_comment: str
    submitted_at_ms: int


class Verdict(BaseModel):
    """What experts said about one of the sent contents; the newest is last."""

    content_number: int
    approved: bool
    comment: str
    decided_at_ms: int


class OwnItemCard(OwnItem):
    """An item with every verdict it ever got."""

    verdicts: list[Verdict]


class OwnItems(BaseModel):
    """A page of the provider's items."""

    items: list[OwnItem]
    next_page_token: str


_MESSAGES = {
    "missing": "Обязательное поле",
    "extra_forbidden": "Такого поля нет",
    "string_type": "Нужна строка",
    "string_too_short": "Не короче {min_length} знаков",
    "string_too_long": "Не длиннее {max_length} знаков",
    "string_pattern_mismatch": "До 200 букв, цифр и знаков . : / @ + - _ без пробелов",
    "int_type": "Нужно целое число",
    "greater_than_equal": "Не меньше {ge}",
    "less_than_equal": "Не больше {le}",
    "list_type": "Нужен список",
    "too_short": "Число значений: не меньше {min_length}",
    "too_long": "Число значений: не больше {max_length}",
    "model_type": "Нужен объект с полями единицы контента",
}


def errors_of(error: ValidationError) -> list[ItemError]:
    """The bad fields of an item, in words that say what to change."""
    found = []
    for entry in error.errors(include_url=False, include_input=False)[:20]:
        template = _MESSAGES.get(entry["type"])
        message = template.format(**entry.get("ctx", {})) if template else _own_message(entry)
        field = ".".join(str(part) for part in entry["loc"])[:200]
        found.append(ItemError(field=field, code=entry["type"].upper(), message=message))
    return found


def _own_message(entry: Any) -> str:
    own = entry["type"] in {"control_characters", "url_not_https", "kind_unknown"}
    return str(entry["msg"]) if own else "Недопустимое значение"
