"""Every query about addresses, and about letters on their way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

# The person's row is the lock of the list: addresses and codes are counted one after the other.
_HOLD = "SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE"
_COLUMNS = "id, sealed, kinds, codes, code_times, tries, created_at, confirmed_at, failed_at, version"
_OF = f"SELECT {_COLUMNS} FROM notice_address WHERE person_id = $1 AND removed_at IS NULL ORDER BY created_at, id"
_ONE = f"SELECT {_COLUMNS} FROM notice_address WHERE id = $1 AND person_id = $2 AND removed_at IS NULL"
_CODES = "SELECT count(*) FROM notice_address a, unnest(a.code_times) AS made WHERE a.person_id = $1 AND made > $2"
_INSERT = "INSERT INTO notice_address (id, person_id, sealed, kinds, created_at) VALUES ($1, $2, $3, $4, $5)"
_NEW_CODE = "UPDATE notice_address SET codes = codes + 1, code_times = code_times || $2::timestamptz, tries = 0 WHERE id = $1"
_TRY = "UPDATE notice_address SET tries = tries + 1 WHERE id = $1"
_CONFIRM = "UPDATE notice_address SET confirmed_at = $2, failed_at = NULL, version = version + 1 WHERE id = $1"
_KINDS = """
UPDATE notice_address SET kinds = $3, version = version + 1 WHERE id = $1 AND version = $2 AND removed_at IS NULL RETURNING version
"""
_REMOVE = """
WITH gone AS (DELETE FROM letter WHERE address_id = $1 AND sent_at IS NULL AND given_up_at IS NULL)
UPDATE notice_address SET removed_at = $2, sealed = NULL WHERE id = $1 AND removed_at IS NULL
"""
_REMOVE_ALL = """
WITH gone AS (DELETE FROM letter WHERE person_id = $1 AND sent_at IS NULL AND given_up_at IS NULL)
UPDATE notice_address SET removed_at = $2, sealed = NULL WHERE person_id = $1 AND removed_at IS NULL
"""
_MOVE = """
WITH followed AS (UPDATE letter SET person_id = $2 WHERE person_id = $1) UPDATE notice_address SET person_id = $2 WHERE person_id = $1
"""
_OF_GOSUSLUGI = "SELECT e.esia_oid, e.sealed FROM account a JOIN esia_profile e USING (esia_oid) WHERE a.person_id = $1 AND e.has_email"

_LETTER = """
INSERT INTO letter (id, address_id, person_id, act, facts, created_at, due_at)
SELECT gen_random_uuid(), a.id, a.person_id, $3, $4, $5, $5 FROM notice_address a
"""
_TOLD = f"{_LETTER} WHERE a.person_id = $1 AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL AND $2 = ANY (a.kinds)"
_TELL = f"{_TOLD} AND a.id IS DISTINCT FROM $6"
_SIGNED_IN = f"""{_TOLD} AND NOT EXISTS (
    SELECT FROM session s WHERE s.person_id = $1 AND s.device = $6 AND s.id <> $7 AND s.opened_at > $8)
"""
_TELL_CODE = f"{_LETTER} WHERE a.person_id = $1 AND a.id = $2 AND a.removed_at IS NULL"
# Taken for as long as a sender may need: another process may try only when this one has died.
_TAKE = """
UPDATE letter l SET due_at = $1 + $2, tries = l.tries + 1
FROM (SELECT id FROM letter WHERE due_at <= $1 AND sent_at IS NULL AND given_up_at IS NULL
      ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) due, notice_address a
WHERE l.id = due.id AND a.id = l.address_id
RETURNING l.id, l.address_id, l.person_id, l.act, l.facts, l.created_at, l.tries, a.sealed, a.codes, a.confirmed_at
"""
_ZONE = """
SELECT s.time_zone FROM enrolment n JOIN school s ON s.id = n.organisation_id
WHERE n.student_id = $1 OR n.student_id IN (SELECT student_id FROM guardianship WHERE guardian_id = $1)
ORDER BY n.from_day DESC, n.organisation_id LIMIT 1
"""
# The address before its letter, as everywhere: whoever removes the address meanwhile would wait for us, and we for them.
_HELD = """
WITH held AS (SELECT a.id FROM notice_address a JOIN letter l ON l.address_id = a.id WHERE l.id = $1 FOR NO KEY UPDATE OF a)
"""
_SENT = f"""{_HELD}, told AS (UPDATE letter l SET sent_at = $2 FROM held WHERE l.id = $1 AND l.address_id = held.id)
UPDATE notice_address a SET failed_at = NULL FROM held WHERE a.id = held.id AND a.failed_at IS NOT NULL
"""
_AGAIN = "UPDATE letter SET due_at = $2 WHERE id = $1"
_RELEASE = "UPDATE letter SET due_at = $2, tries = tries - 1 WHERE id = ANY ($1) AND sent_at IS NULL AND given_up_at IS NULL"
_DROP = "UPDATE letter SET given_up_at = $2 WHERE id = $1"
_GIVE_UP = f"""{_HELD}, over AS (UPDATE letter l SET given_up_at = $2 FROM held WHERE l.id = $1 AND l.address_id = held.id)
UPDATE notice_address a SET failed_at = $2 FROM held WHERE a.id = held.id AND a.removed_at IS NULL
"""
_TIDY = "DELETE FROM letter WHERE coalesce(sent_at, given_up_at) < $1"
_TIDY_REMOVED = """
WITH gone AS (DELETE FROM letter l USING notice_address a WHERE l.address_id = a.id AND a.removed_at < $1)
DELETE FROM notice_address WHERE removed_at < $1
"""


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address as it is stored; the time is UTC."""

    id: UUID
    person_id: UUID
    sealed: bytes
    kinds: list[str]
    created_at: datetime


class NoticeRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def hold(self, connection: asyncpg.Connection, person_id: UUID) -> bool:
        """Holds the person's list until the transaction ends; False for nobody."""
        return await connection.fetchval(_HOLD, person_id) is not None

    async def of_person(self, connection: asyncpg.Connection | asyncpg.Pool, person_id: UUID) -> list[asyncpg.Record]:
        """The person's addresses, oldest first."""
        rows: list[asyncpg.Record] = await connection.fetch(_OF, person_id)
        return rows

    async def one(self, connection: asyncpg.Connection, address_id: UUID, person_id: UUID) -> asyncpg.Record | None:
        """An address of the person."""
        return await connection.fetchrow(_ONE, address_id, person_id)

    async def of_gosuslugi(self, reads: asyncpg.Pool, person_id: UUID) -> asyncpg.Record | None:
        """The profile with an e-mail address that Госуслуги gave."""
        return await reads.fetchrow(_OF_GOSUSLUGI, person_id)

    async def count_codes(self, connection: asyncpg.Connection, person_id: UUID, since: datetime) -> int:
        """Codes made for the person since then, those of removed addresses too."""
        return int(await connection.fetchval(_CODES, person_id, since))

    async def insert(self, connection: asyncpg.Connection, new: NewAddress) -> None:
        """Adds an address."""
        await connection.execute(_INSERT, new.id, new.person_id, new.sealed, new.kinds, new.created_at)

    async def new_code(self, connection: asyncpg.Connection, address_id: UUID, at: datetime) -> None:
        """The former code is good for nothing from now on."""
        await connection.execute(_NEW_CODE, address_id, at)

    async def note_try(self, connection: asyncpg.Connection, address_id: UUID) -> None:
        """A wrong code was typed."""
        await connection.execute(_TRY, address_id)

    async def confirm(self, connection: asyncpg.Connection, address_id: UUID, at: datetime) -> None:
        """The address is the person's."""
        await connection.execute(_CONFIRM, address_id, at)

    async def change_kinds(self, connection: asyncpg.Connection, address_id: UUID, expected: int, kinds: list[str]) -> int | None:
        """The next version; None when it is another one by now."""
        found: int | None = await connection.fetchval(_KINDS, address_id, expected, kinds)
        return found

    async def remove(self, connection: asyncpg.Connection, address_id: UUID, at: datetime) -> None:
        """Nothing of the address is left but the times of its codes."""
        await connection.execute(_REMOVE, address_id, at)

    async def remove_all(self, connection: asyncpg.Connection, person_id: UUID, at: datetime) -> None:
        """The same with every address of the person."""
        await connection.execute(_REMOVE_ALL, person_id, at)

    async def move(self, connection: asyncpg.Connection, person_id: UUID, to: UUID) -> None:
        """Addresses and letters follow the account to the person it belongs to now."""
        await connection.execute(_MOVE, person_id, to)


class LetterRepository:
    """Letters, from the act they tell of to the mail server."""

    async def tell(
        self,
        connection: asyncpg.Connection,
        whom: tuple[UUID, str],
        act: str,
        facts: dict[str, str],
        at: datetime,
        *,
        but: UUID | None = None,
    ) -> None:
        """A letter to every confirmed address of the person (its id, the kind of notice) but one."""
        await connection.execute(_TELL, *whom, act, _json(facts), at, but)

    async def signed_in(
        self, connection: asyncpg.Connection, whom: tuple[UUID, str], session_id: UUID, device: str, at: datetime, known_since: datetime
    ) -> None:
        """The same about a session, unless the device was used in another one since then."""
        await connection.execute(_SIGNED_IN, *whom, "sign_in", _json({"device": device}), at, device, session_id, known_since)

    async def tell_code(self, connection: asyncpg.Connection, person_id: UUID, address_id: UUID, at: datetime) -> None:
        """A code to this address."""
        await connection.execute(_TELL_CODE, person_id, address_id, "code", _json({}), at)

    async def take(self, connection: asyncpg.Connection, now: datetime, hold_for: timedelta, most: int) -> list[asyncpg.Record]:
        """Letters that are due, kept from other senders for a while."""
        rows: list[asyncpg.Record] = await connection.fetch(_TAKE, now, hold_for, most)
        return rows

    async def zone(self, reads: asyncpg.Pool, person_id: UUID) -> str | None:
        """IANA zone of the school of the person or of their child."""
        found: str | None = await reads.fetchval(_ZONE, person_id)
        return found

    async def sent(self, connection: asyncpg.Connection, letter_id: UUID, at: datetime) -> None:
        """The mail server has taken it."""
        await connection.execute(_SENT, letter_id, at)

    async def again(self, connection: asyncpg.Connection, letter_id: UUID, due_at: datetime) -> None:
        """To be tried once more."""
        await connection.execute(_AGAIN, letter_id, due_at)

    async def release(self, connection: asyncpg.Connection, letter_ids: list[UUID], at: datetime) -> None:
        """Due again as if they had not been taken."""
        await connection.execute(_RELEASE, letter_ids, at)

    async def drop(self, connection: asyncpg.Connection, letter_id: UUID, at: datetime) -> None:
        """Nobody needs it any more, which says nothing about its address."""
        await connection.execute(_DROP, letter_id, at)

    async def give_up(self, connection: asyncpg.Connection, letter_id: UUID, at: datetime) -> None:
        """It cannot be delivered; the address shows that."""
        await connection.execute(_GIVE_UP, letter_id, at)

    async def tidy(self, connection: asyncpg.Connection, letters_before: datetime, addresses_before: datetime) -> None:
        """Forgets what is over."""
        await connection.execute(_TIDY, letters_before)
        await connection.execute(_TIDY_REMOVED, addresses_before)


def _json(facts: dict[str, str]) -> str:
    return orjson.dumps(facts).decode()
