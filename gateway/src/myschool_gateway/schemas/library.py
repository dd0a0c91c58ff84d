"""Library of verified content."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, Text, Version


class Item(Output):
    """A published item in a list."""

    id: str
    title: str
    summary: str
    subject: str
    grades: list[int]
    kind: str
    provider_name: str
    duration_minutes: int
    published_at_ms: int


class FacetValue(Output):
    """A value to filter by and how many items have it."""

    value: str
    count: int


class Facets(Output):
    """What the found items can be narrowed by."""

    subjects: list[FacetValue]
    kinds: list[FacetValue]


class ItemsFound(Output):
    """A page of the search, best first."""

    items: list[Item]
    total: int
    next_page_token: str
    facets: Facets


class ItemCard(Item):
    """One item whole."""

    body_html: str
    content_url: str
    status: str
    version: int
    verdict_comment: str


class OpenItem(Input):
    """Lesson from whose homework the item is opened, or empty."""

    lesson_id: UUID | Literal[""] = ""


class ItemOpened(Output):
    """Where the content is."""

    content_url: str


class ReviewItem(Item):
    """An item that waits for expertise."""

    version: int
    submitted_at_ms: int


class ReviewList(Output):
    """Items waiting, oldest first."""

    items: list[ReviewItem]
    total: int
    next_page_token: str


class Decide(Input):
    """The expert's verdict; REJECT needs a comment."""

    verdict: Literal["APPROVE", "REJECT"]
    comment: Annotated[Text, Field(max_length=2000)] = ""
    expected_version: Version


class Decided(Output):
    """The item after the verdict."""

    item_id: str
    status: str
    version: int
