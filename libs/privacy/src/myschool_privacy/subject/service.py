"""Use cases: who looked, a copy page by page, the plan of an erasure and the erasure itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_kit.clock import epoch_ms
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import NotFound
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.replies import json_body
from myschool_privacy.subject.holding import Holding, Part
from myschool_privacy.subject.repository import SubjectRepository

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOKS = 50
_PAGE = 500


class Subjects:
    """What a person may ask of this service."""

    def __init__(self, database: Database, holding: Holding) -> None:
        self._database = database
        self._holding = holding
        self._repository = SubjectRepository(holding)

    async def looks(self, caller_id: UUID, subject_id: UUID, size: int, token: str) -> bytes:
        """JSON of who looked at the person's data. Raises NotFound for somebody else's, Invalid."""
        reads = self._database.reads
        if subject_id != caller_id and not await self._repository.guards(reads, caller_id, subject_id):
            raise NotFound("no such person")
        size = size or _LOOKS
        rows = await self._repository.looks(reads, subject_id, caller_id, _place(token, subject_id), size + 1)
        shown = rows[:size]
        following = _token(shown[-1], subject_id) if len(rows) > size else ""
        looks = [
            {
                "at_ms": epoch_ms(row["at"]),
                "reader_name": row["reader_name"],
                "role_type": row["role_type"],
                "what": row["what"],
                "permission": row["permission"],
                "together": row["together"],
                "place": _token(row, subject_id),
            }
            for row in shown
        ]
        return json_body({"looks": looks, "next_page_token": following})

    async def data(self, person_id: UUID, token: str) -> tuple[Part | None, bytes, str]:
        """A page of the person's own data: its part, rows as JSON, and where to go on. Raises Invalid."""
        number, start = _row(token, person_id, len(self._holding.parts))
        if number >= len(self._holding.parts):
            return None, b"[]", ""
        part = self._holding.parts[number]
        rows = await self._repository.rows(self._database.reads, part, person_id, start, _PAGE)
        following = [number, start + _PAGE] if len(rows) == _PAGE else [number + 1, 0]
        more = following[0] < len(self._holding.parts)
        return part, orjson.dumps(rows, default=_plain), encode_token(following, str(person_id)) if more else ""

    async def plan(self, person_id: UUID) -> bytes:
        """JSON of what an erasure would delete, and what stays and why."""
        reads = self._database.reads
        rules = await self._repository.rules(reads)
        parts = [
            {"part": part.name, "title": part.title, "rows": await self._repository.count(reads, part, person_id), "kept_because": kept}
            for part in self._holding.parts
            for kept in (_kept(part, rules),)
        ]
        return json_body({"parts": parts})

    async def erase(self, uow: UnitOfWork, request_id: UUID, person_id: UUID) -> bool:
        """Erases what no rule keeps, once per request; False when it was done before."""
        if not await self._repository.begin(uow.raw, request_id, person_id):
            return False
        rules, done = await self._repository.rules(uow.raw), dict[str, Any]()
        for part in self._holding.parts:
            kept = _kept(part, rules)
            done[part.name] = {"kept_because": kept} if kept else {"erased": await self._repository.erase(uow.raw, part, person_id)}
        await self._repository.end(uow.raw, request_id, orjson.dumps(done).decode())
        return True


def _kept(part: Part, rules: dict[str, tuple[bool, str]]) -> str:
    """Why the part stays; empty when it goes. A legal hold keeps what would go; nothing makes a kept part go but a new version."""
    kept, reason = rules.get(part.name, (False, ""))
    return part.kept_because or (reason if kept else "")


def _token(row: asyncpg.Record, subject_id: UUID) -> str:
    """Short, for the gateway puts those of several services into one."""
    return encode_token([(row["at"] - _EPOCH) // timedelta(microseconds=1), row["id"]], str(subject_id))


def _place(token: str, subject_id: UUID) -> tuple[datetime, int] | None:
    position = decode_token(token, str(subject_id))
    if position is None:
        return None
    try:
        at, number = position
        return _EPOCH + timedelta(microseconds=int(at)), int(number)
    except (ValueError, TypeError, OverflowError) as error:
        raise foreign_token() from error


def _row(token: str, person_id: UUID, parts: int) -> tuple[int, int]:
    position = decode_token(token, str(person_id))
    if position is None:
        return 0, 0
    try:
        number, start = (int(value) for value in position)
    except (ValueError, TypeError) as error:
        raise foreign_token() from error
    if not (0 <= number < parts and 0 <= start < 2**40):
        raise foreign_token()
    return number, start


def _plain(value: object) -> object:
    """What JSON does not know: seconds of a span, bytes as their length, everything else as text."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
