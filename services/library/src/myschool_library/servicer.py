"""LibraryService: proto ↔ use cases."""

from typing import Any
from uuid import UUID

import grpc

from myschool.common.v1.json_pb2 import JsonReply
from myschool.library.v1 import library_pb2, library_pb2_grpc
from myschool_kit import context
from myschool_kit.replies import json_reply
from myschool_library.errors import VerdictMissing
from myschool_library.item.service import Catalogue
from myschool_library.opening.service import Opening, person_of
from myschool_library.review.rules import Decision, Outcome
from myschool_library.review.service import Review
from myschool_library.search.repository import Filters
from myschool_library.search.service import Search

_Context = grpc.aio.ServicerContext[Any, Any]


class LibraryServicer(library_pb2_grpc.LibraryServiceServicer):
    """The service's gRPC face."""

    def __init__(self, catalogue: Catalogue, search: Search, review: Review, opening: Opening) -> None:
        self._catalogue = catalogue
        self._search = search
        self._review = review
        self._opening = opening

    async def SearchItems(self, request: library_pb2.SearchItemsRequest, _context: _Context) -> JsonReply:
        """Published items by words and filters."""
        filters = Filters(request.subject, request.kind, request.grade)
        found = await self._search.find(request.query, filters, request.page_size, request.page_token)
        return json_reply(found)

    async def GetItem(self, request: library_pb2.GetItemRequest, _context: _Context) -> JsonReply:
        """One item."""
        caller = context.principal()
        as_expert = caller.role_type == "EXPERT"
        item = await self._catalogue.view(UUID(request.item_id), person_of(caller), as_expert=as_expert)
        return json_reply(item, etag=f"{item['version']}{'x' if as_expert else 'r'}")

    async def OpenItem(self, request: library_pb2.OpenItemRequest, _context: _Context) -> library_pb2.OpenItemResponse:
        """Where the content is."""
        url = await self._opening.open(context.unit_of_work(), context.principal(), UUID(request.item_id), request.lesson_id)
        return library_pb2.OpenItemResponse(content_url=url)

    async def ListReviews(self, request: library_pb2.ListReviewsRequest, _context: _Context) -> JsonReply:
        """Items waiting for a verdict."""
        return json_reply(await self._review.queue(request.page_size, request.page_token))

    async def DecideItem(self, request: library_pb2.DecideItemRequest, _context: _Context) -> library_pb2.DecideItemResponse:
        """One verdict."""
        outcome = await self._review.decide(context.unit_of_work(), context.principal(), _decision(request))
        return _item(outcome)

    async def DecideItems(self, request: library_pb2.DecideItemsRequest, _context: _Context) -> library_pb2.DecideItemsResponse:
        """Many verdicts, each with its own result."""
        decisions = [_decision(entry) for entry in request.decisions]
        outcomes = await self._review.decide_many(context.unit_of_work(), context.principal(), decisions)
        results = [
            library_pb2.DecideResult(item=_item(outcome), reason=outcome.error.reason if outcome.error else "") for outcome in outcomes
        ]
        return library_pb2.DecideItemsResponse(results=results)


def _decision(request: library_pb2.DecideItemRequest) -> Decision:
    if request.verdict == library_pb2.VERDICT_UNSPECIFIED:
        raise VerdictMissing
    approved = request.verdict == library_pb2.VERDICT_APPROVE
    return Decision(UUID(request.item_id), approved, request.comment, request.expected_version)


def _item(outcome: Outcome) -> library_pb2.DecideItemResponse:
    return library_pb2.DecideItemResponse(item_id=str(outcome.item_id), status=outcome.status, version=outcome.version)
