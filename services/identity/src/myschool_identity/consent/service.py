"""Use cases: which consents are missing, give them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_identity import events
from myschool_identity.consent.repository import ConsentRepository
from myschool_identity.consent.texts import ConsentText
from myschool_identity.errors import ConsentOutdated
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import Invalid, Violation


class Consents:
    """Consents of people to the present texts."""

    def __init__(self, database: Database, repository: ConsentRepository, texts: Sequence[ConsentText]) -> None:
        self._database = database
        self._repository = repository
        self._texts = {text.purpose: text for text in texts}

    async def missing_purposes(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID) -> list[str]:
        """Purposes whose present text the person has not consented to."""
        given = await self._repository.given(connection, person_id)
        return [text.purpose for text in self._texts.values() if (text.purpose, text.version) not in given]

    async def missing(self, person_id: UUID) -> bytes:
        """JSON with the texts to be shown."""
        purposes = await self.missing_purposes(self._database.reads, person_id)
        texts = [self._texts[purpose] for purpose in purposes]
        shown = [{"purpose": text.purpose, "title": text.title, "text": text.text, "version": text.version} for text in texts]
        return orjson.dumps({"consents": shown})

    async def give(self, uow: UnitOfWork, person_id: UUID, session_id: str, consents: Sequence[tuple[str, str]]) -> list[str]:
        """Records (purpose, version) pairs; repeating is harmless. Answers with what is still missing."""
        facts = [self._fact(index, purpose, version) for index, (purpose, version) in enumerate(consents)]
        now = clock.now()
        added = await self._repository.insert(uow.raw, person_id, list(dict.fromkeys(facts)), session_id, now)
        for purpose, version in added:
            events.consent_given(uow, person_id, purpose, version, now)
        return await self.missing_purposes(uow.raw, person_id)

    def titled(self, consents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The consents with titles for the page; a purpose that is gone keeps its name."""
        titles = {text.purpose: text.title for text in self._texts.values()}
        return [consent | {"title": titles.get(consent["purpose"], consent["purpose"])} for consent in consents]

    def _fact(self, index: int, purpose: str, version: str) -> tuple[str, str, bytes]:
        text = self._texts.get(purpose)
        if text is None:
            raise Invalid("unknown purpose", violations=[Violation(f"consents[{index}].purpose", "no such purpose")])
        if version != text.version:
            raise ConsentOutdated("the text has changed since", purpose=purpose, version=text.version)
        return purpose, version, text.text_hash
