"""«Журнал доступа»: the looks that the services have recorded, as one list, newest first."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from myschool.common.v1 import json_pb2
from myschool_kit.errors import Kind, NotFound, RemoteError
from myschool_kit.page import foreign_token

# Services with a record of reads, in the order in which a page token names their places.
RECORDS = ("identity", "roles", "journal", "messaging", "analytics")
_END = "~"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{0,110}|~")

Ask = Callable[[str, str], Awaitable[json_pb2.JsonReply]]


@dataclass(frozen=True, slots=True)
class Page:
    """Looks of one page; `missing` are the services that did not answer."""

    looks: list[dict[str, Any]]
    next_page_token: str
    missing: list[str]


@dataclass(slots=True)
class _Source:
    """What one service has answered: looks not yet taken, where the next page begins, whether there is more behind them."""

    service: str
    place: str
    looks: list[dict[str, Any]]
    more: bool
    known: bool = True
    away: bool = False


async def gather(ask: Ask, size: int, token: str) -> Page:
    """One page over all records; `ask` calls ListAccess of a service from a place on.

    A service that knows no such relation says NotFound and has nothing to tell. Raises NotFound when all say so, Invalid.
    """
    sources = await asyncio.gather(
        *[_look(ask, service, place) for service, place in zip(RECORDS, _places(token), strict=True) if place != _END]
    )
    if sources and not any(source.known for source in sources):
        raise NotFound("no such person")
    shown: list[dict[str, Any]] = []
    while len(shown) < size and (filled := [source for source in sources if source.looks]):
        first = max(filled, key=lambda source: source.looks[0]["at_ms"])
        look = first.looks.pop(0)
        first.place = look.pop("place")
        shown.append({**look, "service": first.service})
    left = {source.service: source.place for source in sources if source.looks or source.more}
    if left:  # one that is away now may answer for the next page
        left |= {source.service: source.place for source in sources if source.away}
    following = ".".join(left.get(service, _END) for service in RECORDS) if left else ""
    return Page(shown, following, [source.service for source in sources if source.away])


async def _look(ask: Ask, service: str, place: str) -> _Source:
    try:
        body = orjson.loads((await ask(service, place)).body)
    except RemoteError as error:
        if error.remote_kind is Kind.NOT_FOUND:
            return _Source(service, place, [], more=False, known=False)
        if error.remote_kind is Kind.UNAVAILABLE:
            return _Source(service, place, [], more=False, away=True)
        raise
    return _Source(service, place, body.get("looks", []), bool(body.get("next_page_token")))


def _places(token: str) -> list[str]:
    if not token:
        return [""] * len(RECORDS)
    places = token.split(".")
    if len(places) != len(RECORDS) or not all(_TOKEN.fullmatch(place) for place in places):
        raise foreign_token()
    return places
