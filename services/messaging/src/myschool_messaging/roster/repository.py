"""Every statement about the roster, and the one that makes the members of chats follow it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_kit.ids import uuid7
from myschool_messaging.chat.rules import KINDS, NOBODY

HOMEROOM = ""

_ORGANISATION = """
INSERT INTO roster_organisation (id, short_name) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET short_name = EXCLUDED.short_name
"""
_GROUP = """
INSERT INTO roster_group (id, organisation_id, name, is_class) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id, name = EXCLUDED.name, is_class = EXCLUDED.is_class
"""
_ENROL = """
INSERT INTO roster_student (group_id, student_id, name) VALUES ($1, $2, $3)
ON CONFLICT (group_id, student_id) DO UPDATE SET name = EXCLUDED.name
"""
_LEAVE = "DELETE FROM roster_student WHERE group_id = $1 AND student_id = $2"
_TEACH = """
INSERT INTO roster_teacher (group_id, teacher_id, subject, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (group_id, teacher_id, subject) DO UPDATE SET name = EXCLUDED.name
"""
_STOP_TEACHING = "DELETE FROM roster_teacher WHERE group_id = $1 AND teacher_id = $2 AND subject = $3"
_STOP_HOMEROOM = "DELETE FROM roster_teacher WHERE group_id = $1 AND teacher_id <> $2 AND subject = $3"
_GUARD = """
INSERT INTO roster_guardian (student_id, guardian_id, name, may_chat, ends_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (student_id, guardian_id) DO UPDATE SET name = EXCLUDED.name, may_chat = EXCLUDED.may_chat, ends_at = EXCLUDED.ends_at
"""
_STOP_GUARDING = "DELETE FROM roster_guardian WHERE student_id = $1 AND guardian_id = $2"
_GROUPS_OF = "SELECT DISTINCT group_id FROM roster_student WHERE student_id = ANY($1::uuid[])"

# The chats are locked in one order and before their members, as a message does: the two never wait for each other in a circle.
_CHATS = """
INSERT INTO chat (id, group_id, kind, organisation_id, group_name)
SELECT x.id, g.id, x.kind, g.organisation_id, g.name
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS x (id, group_id, kind)
  JOIN roster_group g ON g.id = x.group_id AND g.is_class
 ORDER BY g.id, x.kind
ON CONFLICT (group_id, kind) DO UPDATE SET organisation_id = EXCLUDED.organisation_id, group_name = EXCLUDED.group_name
"""
# The school keeps the name in its lists; a member whose profile was erased stays without one, whatever comes of the class.
_MEMBERS = """
WITH c AS (SELECT id, group_id, kind, last_seq FROM chat WHERE group_id = ANY($1::uuid[])),
 wanted AS (
     SELECT c.id AS chat_id, c.last_seq, t.teacher_id AS person_id, 'TEACHER' AS side, max(t.name) AS name, NULL::timestamptz AS ends_at
       FROM c JOIN roster_teacher t USING (group_id) GROUP BY 1, 2, 3
     UNION ALL
     SELECT c.id, c.last_seq, s.student_id, 'STUDENT', s.name, NULL
       FROM c JOIN roster_student s USING (group_id) WHERE c.kind = 'STUDENTS'
     UNION ALL
     SELECT c.id, c.last_seq, g.guardian_id, 'GUARDIAN', max(g.name), nullif(max(coalesce(g.ends_at, 'infinity')), 'infinity')
       FROM c JOIN roster_student s USING (group_id) JOIN roster_guardian g USING (student_id)
      WHERE c.kind = 'GUARDIANS' AND g.may_chat GROUP BY 1, 2, 3),
 gone AS (
     UPDATE member m SET present = false FROM c
      WHERE m.chat_id = c.id AND m.present AND NOT EXISTS (
            SELECT 1 FROM wanted w WHERE (w.chat_id, w.person_id, w.side) = (m.chat_id, m.person_id, m.side)))
INSERT INTO member (chat_id, person_id, side, name, read_seq, ends_at)
SELECT chat_id, person_id, side, name, last_seq, ends_at FROM wanted
ON CONFLICT (chat_id, person_id, side) DO UPDATE SET present = true, ends_at = EXCLUDED.ends_at,
       name = CASE member.name WHEN $2 THEN member.name ELSE EXCLUDED.name END
 WHERE NOT member.present OR member.name NOT IN (EXCLUDED.name, $2) OR member.ends_at IS DISTINCT FROM EXCLUDED.ends_at
"""
_COUNT = """
UPDATE chat SET members = n.members
  FROM (SELECT c.id, count(DISTINCT m.person_id) AS members
          FROM chat c LEFT JOIN member m ON m.chat_id = c.id AND m.present
         WHERE c.group_id = ANY($1::uuid[]) GROUP BY c.id) n
 WHERE n.id = chat.id AND chat.members <> n.members
"""


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian as roles told it last; from `ends_at` on (UTC) no right is left, None is open-ended."""

    id: UUID
    name: str
    may_chat: bool
    ends_at: datetime | None


class RosterRepository:
    """Facts of the roster, each a row that a repetition leaves as it is."""

    async def organisation(self, connection: asyncpg.Connection, organisation_id: UUID, short_name: str) -> None:
        """A school and how it is called."""
        await connection.execute(_ORGANISATION, organisation_id, short_name)

    async def group(self, connection: asyncpg.Connection, group_id: UUID, organisation_id: UUID, name: str, *, is_class: bool) -> None:
        """A group; only classes have chats."""
        await connection.execute(_GROUP, group_id, organisation_id, name, is_class)

    async def enrol(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID, name: str) -> None:
        """A student is in the group."""
        await connection.execute(_ENROL, group_id, student_id, name)

    async def leave(self, connection: asyncpg.Connection, group_id: UUID, student_id: UUID) -> None:
        """A student is no longer in the group."""
        await connection.execute(_LEAVE, group_id, student_id)

    async def teach(self, connection: asyncpg.Connection, group_id: UUID, teacher_id: UUID, subject: str, name: str) -> None:
        """A teacher teaches the subject to the group."""
        await connection.execute(_TEACH, group_id, teacher_id, subject, name)

    async def stop_teaching(self, connection: asyncpg.Connection, group_id: UUID, teacher_id: UUID, subject: str) -> None:
        """A teacher no longer teaches the subject to the group."""
        await connection.execute(_STOP_TEACHING, group_id, teacher_id, subject)

    async def homeroom(self, connection: asyncpg.Connection, group_id: UUID, teacher_id: UUID, name: str) -> None:
        """The one homeroom teacher of the class."""
        await connection.execute(_STOP_HOMEROOM, group_id, teacher_id, HOMEROOM)
        await self.teach(connection, group_id, teacher_id, HOMEROOM, name)

    async def guard(self, connection: asyncpg.Connection, student_id: UUID, guardian: Guardian) -> None:
        """A guardian stands for the student."""
        await connection.execute(_GUARD, student_id, guardian.id, guardian.name, guardian.may_chat, guardian.ends_at)

    async def stop_guarding(self, connection: asyncpg.Connection, student_id: UUID, guardian_id: UUID) -> None:
        """A guardian no longer stands for the student."""
        await connection.execute(_STOP_GUARDING, student_id, guardian_id)

    async def groups_of(self, connection: asyncpg.Connection, students: Iterable[UUID]) -> set[UUID]:
        """Groups in which the students are."""
        return {row["group_id"] for row in await connection.fetch(_GROUPS_OF, list(students))}

    async def reconcile(self, connection: asyncpg.Connection, groups: Iterable[UUID]) -> None:
        """Makes chats and members of the groups what the roster says. Who comes new has nothing unread."""
        wanted = [(uuid7(), group_id, kind) for group_id in sorted(groups) for kind in KINDS]
        if not wanted:
            return
        ids, group_ids, kinds = (list(column) for column in zip(*wanted, strict=True))
        await connection.execute(_CHATS, ids, group_ids, kinds)
        await connection.execute(_MEMBERS, group_ids, NOBODY)
        await connection.execute(_COUNT, group_ids)
