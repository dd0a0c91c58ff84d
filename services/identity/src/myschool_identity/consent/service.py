"""Use cases: what is asked, answer, withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from myschool_identity import events
from myschool_identity.consent import rules
from myschool_identity.consent.repository import ConsentRepository, NewFact
from myschool_identity.consent.rules import Act, Subject
from myschool_identity.consent.texts import ConsentText
from myschool_identity.errors import ConsentNeeded, ConsentNotGiven, ConsentNotYours, ConsentOutdated
from myschool_identity.notice import letters
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import Invalid, NotFound, Violation


@dataclass(frozen=True, slots=True)
class Actor:
    """Who answers, and through which session."""

    person_id: UUID
    name: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A word on one purpose for one person, by the version that was read."""

    subject_id: UUID
    purpose: str
    version: str
    declined: bool


class Consents:
    """Consents of people to the present texts."""

    def __init__(self, database: Database, repository: ConsentRepository, texts: Sequence[ConsentText]) -> None:
        self._database = database
        self._repository = repository
        self._texts = {text.purpose: text for text in texts}
        self._wanted = [text.wanted for text in texts]

    async def missing_purposes(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID) -> list[str]:
        """Purposes that keep the person out of the cabinet."""
        return rules.missing(await self._repository.circle(connection, person_id, clock.now()), self._wanted)

    async def check(self, person_id: UUID) -> list[str]:
        """The same, outside of a transaction."""
        return await self.missing_purposes(self._database.reads, person_id)

    async def asked(self, person_id: UUID) -> bytes:
        """JSON with the texts to be answered, by person; `waiting` when a guardian has to answer for the caller."""
        people = await self._repository.circle(self._database.reads, person_id, clock.now())
        asked = [self._shown(subject, item.purpose) for subject in people for item in rules.unanswered(subject, self._wanted)]
        waiting = any(one.is_self and not one.may_answer and not rules.holds(one, rules.PERSONAL_DATA) for one in people)
        return orjson.dumps({"consents": asked, "waiting": waiting})

    async def answer(self, uow: UnitOfWork, actor: Actor, answers: Sequence[Answer]) -> dict[UUID, list[str]]:
        """Takes all answers or none; repeating is harmless. Answers with what is missing now for everybody concerned.

        Raises NotFound, Invalid, ConsentNeeded, ConsentNotYours, ConsentOutdated.
        """
        await self._repository.lock(uow.raw, sorted({actor.person_id, *(answer.subject_id for answer in answers)}))
        now = clock.now()
        circle = {subject.person_id: subject for subject in await self._repository.circle(uow.raw, actor.person_id, now)}
        facts: dict[tuple[UUID, str], NewFact] = {}
        for index, answer in enumerate(answers):
            fact = self._fact(index, answer, circle)
            if _is_news(circle[answer.subject_id], fact, actor):
                facts[answer.subject_id, answer.purpose] = fact
        if facts:
            await self._write(uow, actor, list(facts.values()), circle, now)
        return await self._concerned(uow, actor, sorted({answer.subject_id for answer in answers}))

    async def withdraw(self, uow: UnitOfWork, actor: Actor, subject_id: UUID, purpose: str) -> dict[UUID, list[str]]:
        """Takes a consent back; twice is once. Raises NotFound, ConsentNotYours, ConsentNotGiven."""
        await self._repository.lock(uow.raw, sorted({actor.person_id, subject_id}))
        now = clock.now()
        subject = await self._one(uow.raw, actor.person_id, subject_id)
        if not subject.may_answer:
            raise ConsentNotYours("at this age somebody else decides")
        fact = subject.facts.get(purpose)
        if fact is None or fact.act is Act.DECLINED:
            raise ConsentNotGiven("there is no such consent to take back")
        if fact.act is Act.GIVEN:
            text_hash = await self._repository.latest_hash(uow.raw, subject_id, purpose)
            new = NewFact(subject_id, purpose, fact.version, text_hash, Act.WITHDRAWN)
            await self._repository.add(uow.raw, [new], (actor.person_id, actor.name), actor.session_id, now)
            events.consent_withdrawn(uow, subject_id, purpose, fact.version, actor.person_id, now, declined=False)
            await letters.told(uow, actor.person_id, "consent", now, purpose=purpose)
        return await self._concerned(uow, actor, [subject_id])

    async def _one(self, connection: asyncpg.Connection, caller: UUID, subject_id: UUID) -> Subject:
        found = [one for one in await self._repository.circle(connection, caller, clock.now()) if one.person_id == subject_id]
        if not found:
            raise NotFound("no such person")
        return found[0]

    async def _write(self, uow: UnitOfWork, actor: Actor, facts: Sequence[NewFact], circle: dict[UUID, Subject], now: datetime) -> None:
        texts = {fact.text_hash: (self._texts[fact.purpose], circle[fact.subject_id].is_self) for fact in facts}
        kept = [(key, text.purpose, text.version, text.title, text.text(is_self=own)) for key, (text, own) in texts.items()]
        await self._repository.keep_texts(uow.raw, kept)
        await self._repository.add(uow.raw, facts, (actor.person_id, actor.name), actor.session_id, now)
        for fact in facts:
            if fact.act is Act.GIVEN:
                events.consent_given(uow, fact.subject_id, fact.purpose, fact.version, actor.person_id, now)
            else:
                was_given = rules.holds(circle[fact.subject_id], fact.purpose)
                events.consent_withdrawn(uow, fact.subject_id, fact.purpose, fact.version, actor.person_id, now, declined=not was_given)

    async def _concerned(self, uow: UnitOfWork, actor: Actor, subjects: Sequence[UUID]) -> dict[UUID, list[str]]:
        """The caller, the people it is about, and their other guardians: whoever may be waiting for it."""
        people = [actor.person_id, *subjects, *await self._repository.guardians_of(uow.raw, subjects)]
        return {person: await self.missing_purposes(uow.raw, person) for person in dict.fromkeys(people)}

    def _fact(self, index: int, answer: Answer, circle: dict[UUID, Subject]) -> NewFact:
        subject = circle.get(answer.subject_id)
        if subject is None:
            raise NotFound("no such person")
        text = self._texts.get(answer.purpose)
        if text is None or text.wanted not in rules.purposes_of(subject, self._wanted):
            raise Invalid("unknown purpose", violations=[Violation(f"consents[{index}].purpose", "no such purpose")])
        if not subject.may_answer:
            raise ConsentNotYours("at this age somebody else decides")
        if answer.version != text.version:
            raise ConsentOutdated("the text has changed since", purpose=text.purpose, version=text.version)
        if answer.declined and subject.is_self and answer.purpose == rules.PERSONAL_DATA:
            raise ConsentNeeded("sign out instead", violations=[Violation(f"consents[{index}].declined", "give it or sign out")])
        act = Act.DECLINED if answer.declined else Act.GIVEN
        return NewFact(answer.subject_id, text.purpose, text.version, text.text_hash(is_self=subject.is_self), act)

    def _shown(self, subject: Subject, purpose: str) -> dict[str, object]:
        text = self._texts[purpose]
        return {
            "subject_id": str(subject.person_id),
            "subject_name": subject.name,
            "is_self": subject.is_self,
            "purpose": text.purpose,
            "title": text.title,
            "text": text.text(is_self=subject.is_self),
            "version": text.version,
            # Only what keeps the own account closed must be given; everything else may be declined.
            "required": subject.is_self and purpose == rules.PERSONAL_DATA,
        }


def _is_news(subject: Subject, fact: NewFact, actor: Actor) -> bool:
    """Whether the word differs from the latest one; an adult repeats in their own name what a guardian had said."""
    known = subject.facts.get(fact.purpose)
    if known is None or (known.act, known.version) != (fact.act, fact.version):
        return True
    return subject.group is rules.AgeGroup.ADULT and known.actor_id != actor.person_id
