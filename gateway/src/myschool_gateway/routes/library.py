"""Library of verified content."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.library.v1 import library_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.schemas import library
from myschool_gateway.schemas.common import PageToken, Text

reads = routing.reads("library", "/library")
writes = routing.writes("library", "/library")
routers = (reads, writes)


@reads.get("/items", response_model=library.ItemsFound)
async def search_items(
    caller: Reader,
    q: Annotated[Text, Query(max_length=300, description="Words in any form")] = "",
    subject: Annotated[Text, Query(max_length=100)] = "",
    grade: Annotated[int, Query(ge=0, le=11, description="Year of study; 0 for any")] = 0,
    kind: Annotated[Text, Query(max_length=40)] = "",
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    page_token: PageToken = "",
) -> Response:
    """Published items by words in any form and by filters, best first."""
    request = library_pb2.SearchItemsRequest(query=q, subject=subject, grade=grade, kind=kind, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.library.SearchItems, request)


@reads.get("/items/{item_id}", response_model=library.ItemCard)
async def get_item(caller: Reader, item_id: UUID) -> Response:
    """One published item; experts also see submitted ones."""
    return await caller.ready(caller.services.library.GetItem, library_pb2.GetItemRequest(item_id=str(item_id)))


@writes.post("/items/{item_id}/opens")
async def open_item(caller: Writer, item_id: UUID, body: library.OpenItem) -> library.ItemOpened:
    """Records that the item was opened and answers where its content is."""
    request = library_pb2.OpenItemRequest(item_id=str(item_id), lesson_id=str(body.lesson_id))
    reply = await caller.ask(caller.services.library.OpenItem, request)
    return library.ItemOpened(content_url=reply.content_url)


@reads.get("/reviews", response_model=library.ReviewList)
async def list_reviews(caller: Reader, page_size: Annotated[int, Query(ge=1, le=500)] = 50, page_token: PageToken = "") -> Response:
    """Items waiting for expertise, oldest first."""
    request = library_pb2.ListReviewsRequest(page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.library.ListReviews, request)


@writes.post("/items/{item_id}/decision")
async def decide_item(caller: Writer, item_id: UUID, body: library.Decide) -> library.Decided:
    """The expert's verdict."""
    request = library_pb2.DecideItemRequest(
        item_id=str(item_id),
        verdict=library_pb2.Verdict.Value(f"VERDICT_{body.verdict}"),
        comment=body.comment,
        expected_version=body.expected_version,
    )
    reply = await caller.ask(caller.services.library.DecideItem, request)
    return library.Decided(item_id=reply.item_id, status=reply.status, version=reply.version)
