"""Every query about consents; facts are only ever added (the database refuses anything else)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_identity.account.rules import display_name
from myschool_identity.consent.rules import DEFAULT_ZONE, Act, Fact, Subject, age_group
from myschool_kit import clock

# The caller and everybody in their care, each with the zone of the present school and the latest fact by purpose.
_CIRCLE = """
SELECT p.id, p.family_name, p.given_name, p.middle_name, p.birth_date, p.id = $1 AS is_self, e.time_zone,
    (SELECT jsonb_object_agg(f.purpose, jsonb_build_array(f.act, f.version, f.actor_id, f.actor_name,
            (extract(epoch FROM f.at) * 1000)::bigint))
     FROM (SELECT DISTINCT ON (c.purpose) c.purpose, c.act, c.version, c.actor_id, c.actor_name, c.at
           FROM consent_fact c WHERE c.subject_id = p.id ORDER BY c.purpose, c.id DESC) f)::text AS facts
FROM person p
LEFT JOIN LATERAL (
    SELECT coalesce(s.time_zone, $2) AS time_zone FROM enrolment n LEFT JOIN school s ON s.id = n.organisation_id
    WHERE n.student_id = p.id ORDER BY n.from_day DESC, n.organisation_id LIMIT 1
) e ON true
WHERE p.id = $1 OR p.id IN (SELECT g.student_id FROM guardianship g WHERE g.guardian_id = $1 AND (g.ends_at IS NULL OR g.ends_at > now()))
ORDER BY p.id <> $1, p.birth_date, p.id
"""
_LOCK = "SELECT FROM person WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_GUARDIANS = "SELECT DISTINCT guardian_id FROM guardianship WHERE student_id = ANY($1::uuid[]) AND (ends_at IS NULL OR ends_at > now())"
_KEEP_TEXTS = """
INSERT INTO consent_text (text_hash, purpose, version, title, text)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
"""
_ADD = """
INSERT INTO consent_fact (subject_id, purpose, version, text_hash, act, actor_id, actor_name, session_id, at)
SELECT s, p, v, h, a, $6, $7, $8, $9 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[]) AS t (s, p, v, h, a)
"""
_FACTS = """
SELECT f.id, f.purpose, f.version, f.act, f.actor_id, f.actor_name, f.session_id, f.at, encode(f.text_hash, 'hex') AS text_hash,
    coalesce(t.title, f.purpose) AS title, coalesce(t.text, '') AS text
FROM consent_fact f LEFT JOIN consent_text t ON t.text_hash = f.text_hash
WHERE f.subject_id = $1 AND ($2::bigint IS NULL OR f.id < $2) ORDER BY f.id DESC LIMIT $3
"""
_HASH = "SELECT text_hash FROM consent_fact WHERE subject_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to be added."""

    subject_id: UUID
    purpose: str
    version: str
    text_hash: bytes
    act: Act


class ConsentRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def circle(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID, now: datetime) -> list[Subject]:
        """The person first, then everybody in their care; ages are those of the day at each one's school."""
        return [_subject(row, now) for row in await connection.fetch(_CIRCLE, person_id, DEFAULT_ZONE)]

    async def lock(self, connection: asyncpg.Connection, person_ids: Sequence[UUID]) -> None:
        """Holds the ledgers of these people until the transaction ends, in one order."""
        await connection.execute(_LOCK, person_ids)

    async def guardians_of(self, connection: asyncpg.Connection, person_ids: Sequence[UUID]) -> list[UUID]:
        """Everybody who looks after one of them."""
        return [row["guardian_id"] for row in await connection.fetch(_GUARDIANS, person_ids)]

    async def keep_texts(self, connection: asyncpg.Connection, texts: Sequence[tuple[bytes, str, str, str, str]]) -> None:
        """Keeps (hash, purpose, version, title, text) for as long as facts name them."""
        await connection.execute(_KEEP_TEXTS, *(list(column) for column in zip(*texts, strict=True)))

    async def add(
        self, connection: asyncpg.Connection, facts: Sequence[NewFact], actor: tuple[UUID, str], session_id: str, at: datetime
    ) -> None:
        """Adds the facts of one actor."""
        columns = zip(*((f.subject_id, f.purpose, f.version, f.text_hash, f.act.value) for f in facts), strict=True)
        await connection.execute(_ADD, *(list(column) for column in columns), *actor, session_id, at)

    async def latest_hash(self, connection: asyncpg.Connection, subject_id: UUID, purpose: str) -> bytes:
        """The text that the latest fact is about."""
        found: bytes = await connection.fetchval(_HASH, subject_id, purpose)
        return found

    async def facts(self, reads: asyncpg.Pool, subject_id: UUID, before: int | None, limit: int) -> list[asyncpg.Record]:
        """Facts about a person, newest first."""
        rows: list[asyncpg.Record] = await reads.fetch(_FACTS, subject_id, before, limit)
        return rows


def _subject(row: asyncpg.Record, now: datetime) -> Subject:
    is_student = row["time_zone"] is not None
    day = clock.school_day(row["time_zone"] or DEFAULT_ZONE, now)
    found: dict[str, list[Any]] = orjson.loads(row["facts"]) if row["facts"] else {}
    return Subject(
        person_id=row["id"],
        name=display_name(row["family_name"], row["given_name"], row["middle_name"]),
        group=age_group(row["birth_date"], day, is_student=is_student),
        is_self=row["is_self"],
        is_student=is_student,
        facts={purpose: _fact(*fact) for purpose, fact in found.items()},
    )


def _fact(act: str, version: str, actor_id: str, actor_name: str, at_ms: int) -> Fact:
    return Fact(Act(act), version, UUID(actor_id), actor_name, datetime.fromtimestamp(at_ms / 1000, tz=UTC))
