"""Finds published items by any form of a Russian word, by near misses, and by filters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_kit.db import UnitOfWork
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_library.item.rules import KINDS, Content
from myschool_library.search import lemmas
from myschool_library.search.repository import Filters, Position, SearchRepository

DEFAULT_PAGE = 20
# More words than this only slow a search down; the first ones say what is meant.
_MOST_WORDS = 12


def document_of(content: Content) -> str:
    """The search document of an item: title heaviest, then keywords and subject, then summary, then kind and grades."""
    audience = " ".join(f"{grade} класс" for grade in content.grades)
    return lemmas.document(
        (
            (content.title, "A"),
            (" ".join((*content.keywords, content.subject)), "B"),
            (content.summary, "C"),
            (f"{KINDS[content.kind]} {audience}", "D"),
        )
    )


class Search:
    """Search over published items."""

    def __init__(self, repository: SearchRepository) -> None:
        self._repository = repository

    async def find(self, query: str, filters: Filters, page_size: int, page_token: str) -> dict[str, Any]:
        """One page of hits, best first, with total and facets. A second statement runs only when nothing was found."""
        limit = page_size or DEFAULT_PAGE
        bound = [query, filters.subject, filters.kind, filters.grade]
        position = decode_token(page_token, bound)
        guessed = bool(position and position[0] == "guess")
        after = _position(position) if position else None
        meant = lemmas.meanings(query)[:_MOST_WORDS]
        if query.strip() and not meant:
            return _page(None, limit, bound, guessed=False)
        if not guessed:
            literal = " & ".join(lemmas.tsquery(meaning) for meaning in meant)
            row = await self._repository.by_words(literal, filters, limit + 1, after)
            if after or not meant or orjson.loads(row["subjects"]) or orjson.loads(row["kinds"]):
                return _page(row, limit, bound, guessed=False)
        given = _guesses(lemmas.relayout(query))
        if not given:
            return _page(None, limit, bound, guessed=False)
        row = await self._repository.by_guess(given, filters, limit + 1, after)
        return _page(row, limit, bound, guessed=True)

    async def publish(self, uow: UnitOfWork, item_ids: Sequence[UUID]) -> None:
        """Makes the published versions of these items findable with this commit."""
        await self._repository.publish(uow.raw, item_ids)


def _guesses(query: str) -> list[tuple[str, str, str]]:
    meant = lemmas.meanings(query)[:_MOST_WORDS]
    return [(lemmas.tsquery(meaning), meaning[0], lemmas.sound(meaning[0])) for meaning in meant]


def _position(values: list[Any]) -> Position:
    try:
        _mode, rank, published_at, item_id = values
        return Position(float(rank), datetime.fromisoformat(published_at), UUID(item_id))
    except (ValueError, TypeError, AttributeError) as error:
        raise foreign_token() from error


def _page(row: asyncpg.Record | None, limit: int, bound: list[Any], *, guessed: bool) -> dict[str, Any]:
    if row is None:
        return {"items": [], "total": 0, "next_page_token": "", "facets": {"subjects": [], "kinds": []}}
    items = orjson.loads(row["items"])
    token = ""
    if len(items) > limit:
        items = items[:limit]
        last = orjson.loads(row["positions"])[limit - 1]
        token = encode_token(["guess" if guessed else "words", *last], bound)
    facets = {"subjects": orjson.Fragment(row["subjects"]), "kinds": orjson.Fragment(row["kinds"])}
    return {"items": items, "total": row["total"], "next_page_token": token, "facets": facets}
