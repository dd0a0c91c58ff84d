"""Use cases of reading: how each purpose stands, every fact, the document."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_identity.consent import document, rules
from myschool_identity.consent.repository import ConsentRepository
from myschool_identity.consent.rules import Subject
from myschool_identity.consent.texts import ConsentText
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.errors import NotFound
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_privacy.audit.log import AccessLog

_PAGE = 50
_MOST_IN_DOCUMENT = 5_000


class Ledger:
    """What was consented to, and by whom."""

    def __init__(self, database: Database, repository: ConsentRepository, texts: Sequence[ConsentText], access: AccessLog) -> None:
        self._database = database
        self._repository = repository
        self._access = access
        self._texts = {text.purpose: text for text in texts}
        self._wanted = [text.wanted for text in texts]

    async def book(self, person_id: UUID) -> bytes:
        """JSON: the caller and each person in their care, with the state of each purpose."""
        people = await self._repository.circle(self._database.reads, person_id, clock.now())
        self._access.record_each("consents.book", [subject.person_id for subject in people])
        return orjson.dumps({"people": [self._person(subject) for subject in people]})

    async def facts(self, person_id: UUID, subject_id: UUID, page_size: int, page_token: str) -> bytes:
        """JSON: a page of facts, newest first. Raises NotFound for somebody the caller has nothing to do with."""
        await self._subject(person_id, subject_id)
        filters = [str(subject_id)]
        position = decode_token(page_token, filters)
        if position is not None and not (len(position) == 1 and isinstance(position[0], int)):
            raise foreign_token()
        size = page_size or _PAGE
        rows = await self._repository.facts(self._database.reads, subject_id, position[0] if position else None, size + 1)
        following = encode_token([rows[size - 1]["id"]], filters) if len(rows) > size else ""
        return orjson.dumps({"facts": [_fact(row) for row in rows[:size]], "next_page_token": following})

    async def export(self, person_id: UUID, subject_id: UUID) -> tuple[bytes, str]:
        """The document and its file name. Raises NotFound."""
        subject = await self._subject(person_id, subject_id)
        rows = await self._repository.facts(self._database.reads, subject_id, None, _MOST_IN_DOCUMENT)
        now = clock.now()
        content = document.render(subject.name, [_written(row, subject_id) for row in rows], now)
        return content.encode(), f"soglasiya-{now:%Y-%m-%d}.html"

    async def _subject(self, caller: UUID, subject_id: UUID) -> Subject:
        people = await self._repository.circle(self._database.reads, caller, clock.now())
        found = next((one for one in people if one.person_id == subject_id), None)
        if found is None:
            raise NotFound("no such person")
        self._access.record("consents.facts", subject_id=subject_id)
        return found

    def _person(self, subject: Subject) -> dict[str, Any]:
        return {
            "subject_id": str(subject.person_id),
            "subject_name": subject.name,
            "is_self": subject.is_self,
            "may_answer": subject.may_answer,
            "age_group": subject.group.value,
            "purposes": [self._purpose(subject, item.purpose) for item in rules.purposes_of(subject, self._wanted)],
        }

    def _purpose(self, subject: Subject, purpose: str) -> dict[str, Any]:
        text, fact = self._texts[purpose], subject.facts.get(purpose)
        state: dict[str, Any] = {"state": "", "version": "", "at_ms": 0, "by": "", "by_self": False}
        if fact is not None:
            state = {
                "state": fact.act.value,
                "version": fact.version,
                "at_ms": clock.epoch_ms(fact.at),
                "by": fact.actor_name,
                "by_self": fact.actor_id == subject.person_id,
            }
        return {
            "purpose": purpose,
            "title": text.title,
            "text": text.text(is_self=subject.is_self),
            "present_version": text.version,
            "holds": rules.holds(subject, purpose),
            **state,
        }


def _fact(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "purpose": row["purpose"],
        "title": row["title"],
        "version": row["version"],
        "act": row["act"],
        "by": row["actor_name"],
        "at_ms": clock.epoch_ms(row["at"]),
        "text_hash": row["text_hash"],
    }


def _written(row: asyncpg.Record, subject_id: UUID) -> document.Line:
    return document.Line(
        title=row["title"],
        text=row["text"],
        version=row["version"],
        act=rules.Act(row["act"]),
        actor=row["actor_name"],
        by_self=row["actor_id"] == subject_id,
        session=row["session_id"],
        at=row["at"],
        text_hash=row["text_hash"],
    )
