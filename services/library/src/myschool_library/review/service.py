"""Use cases of the expertise: the queue, and verdicts one by one or many at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_library import events
from myschool_library.review.repository import ReviewRepository
from myschool_library.review.rules import Decision, Outcome, judge
from myschool_library.search.service import Search

DEFAULT_PAGE = 50


class Review:
    """Expertise of submitted items."""

    def __init__(self, repository: ReviewRepository, search: Search) -> None:
        self._repository = repository
        self._search = search

    async def queue(self, page_size: int, page_token: str) -> dict[str, Any]:
        """A page of items that wait for a verdict, oldest first."""
        limit = page_size or DEFAULT_PAGE
        row = await self._repository.queue(limit + 1, _position(page_token))
        items = orjson.loads(row["items"])
        positions = [item.pop("position") for item in items]
        token = ""
        if len(items) > limit:
            items = items[:limit]
            token = encode_token([positions[limit - 1], items[-1]["id"]], "reviews")
        return {"items": items, "total": row["total"], "next_page_token": token}

    async def decide(self, uow: UnitOfWork, expert: Principal, decision: Decision) -> Outcome:
        """One verdict. Raises CommentMissing, ItemNotFound, ItemChanged or ItemNotWaiting."""
        outcome = (await self.decide_many(uow, expert, [decision]))[0]
        if outcome.error is not None:
            raise outcome.error
        return outcome

    async def decide_many(self, uow: UnitOfWork, expert: Principal, decisions: Sequence[Decision]) -> list[Outcome]:
        """An outcome per decision, in order; a refused one does not stop the others."""
        items = await self._repository.lock(uow.raw, [decision.item_id for decision in decisions])
        outcomes = judge(decisions, items)
        done = [(decision, items[decision.item_id]) for decision, outcome in zip(decisions, outcomes, strict=True) if outcome.error is None]
        if not done:
            return outcomes
        moment = clock.now()
        await self._repository.settle(uow.raw, done, expert, moment)
        await self._search.publish(uow, [decision.item_id for decision, _ in done if decision.approved])
        for decision, item in done:
            events.decided(uow, item.item_id, item.provider_id, expert_id=expert.person_id, approved=decision.approved, moment=moment)
        return outcomes


def _position(page_token: str) -> tuple[datetime, UUID] | None:
    values = decode_token(page_token, "reviews")
    if values is None:
        return None
    try:
        moment, item_id = values
        return datetime.fromisoformat(moment), UUID(item_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise foreign_token() from error
