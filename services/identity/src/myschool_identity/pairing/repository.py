"""Every query about pairings; facts are only ever added (the database refuses anything else)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from myschool_identity.consent.rules import DEFAULT_ZONE

# The child's row is the lock of its list: codes made at once are counted one after the other.
_HOLD = "SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE"
_CHILD = """
SELECT p.id, p.family_name, p.given_name, p.middle_name, p.birth_date, coalesce(e.time_zone, $3) AS time_zone,
    EXISTS (SELECT FROM guardianship g WHERE g.student_id = p.id AND ($2::uuid IS NULL OR g.guardian_id = $2)
        AND (g.ends_at IS NULL OR g.ends_at > now())) AS guarded
FROM person p
LEFT JOIN LATERAL (
    SELECT s.time_zone FROM enrolment n LEFT JOIN school s ON s.id = n.organisation_id
    WHERE n.student_id = p.id ORDER BY n.from_day DESC, n.organisation_id LIMIT 1
) e ON true
WHERE p.id = $1 AND p.merged_into IS NULL
"""
_IS_CODE = "paired_at IS NULL AND revoked_at IS NULL AND expires_at > $2"
_IS_DEVICE = "paired_at IS NOT NULL AND revoked_at IS NULL AND used_at > $2"
_COUNT_CODES = f"SELECT count(*) FROM pairing WHERE child_id = $1 AND {_IS_CODE}"
_COUNT_DEVICES = f"SELECT count(*) FROM pairing WHERE child_id = $1 AND {_IS_DEVICE}"
_INSERT = """
INSERT INTO pairing (id, child_id, guardian_id, device_name, code_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_BY_ID = "SELECT id, child_id, guardian_id, device_name, expires_at, paired_at, revoked_at FROM pairing WHERE id = $1"
_BY_CODE = f"SELECT id, child_id FROM pairing WHERE code_hash = ANY($1::bytea[]) AND {_IS_CODE}"
_PAIR = f"""
UPDATE pairing SET secret_hash = $3, browser = $4, paired_at = $2, used_at = $2 WHERE id = $1 AND {_IS_CODE} RETURNING id
"""
_USE = """
UPDATE pairing SET used_at = $3, browser = $4 WHERE secret_hash = $1 AND revoked_at IS NULL AND used_at > $2 RETURNING id, child_id
"""
_KNOWN_DEVICE = "SELECT id, child_id FROM pairing WHERE secret_hash = $1 AND revoked_at IS NULL AND used_at > $2"
_LIVE = f"SELECT child_id FROM pairing WHERE id = $1 AND {_IS_DEVICE}"
_REVOKE = "UPDATE pairing SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id"
_IN_SESSION = "INSERT INTO pairing_session (session_id, pairing_id, opened_at) VALUES ($1, $2, $3) ON CONFLICT (session_id) DO NOTHING"
_IS_OF_DEVICE = "SELECT EXISTS (SELECT FROM pairing_session WHERE session_id = $1)"
_SESSIONS = "SELECT session_id FROM pairing_session WHERE pairing_id = $1 AND opened_at > $2"
_OF_CHILD = f"""
SELECT r.id, r.device_name, r.created_at, r.expires_at, r.browser, r.paired_at, r.used_at, g.family_name, g.given_name, g.middle_name,
    (SELECT coalesce(array_agg(o.session_id), '{{}}') FROM pairing_session o JOIN session s ON s.id = o.session_id AND s.ended_at IS NULL
     WHERE o.pairing_id = r.id AND o.opened_at > $4) AS sessions
FROM pairing r LEFT JOIN person g ON g.id = r.guardian_id
WHERE r.child_id = $1 AND (({_IS_CODE}) OR ({_IS_DEVICE.replace("$2", "$3")})) ORDER BY r.created_at DESC, r.id LIMIT 50
"""
_FACT = "INSERT INTO pairing_fact (pairing_id, child_id, act, actor_id, at) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class NewPairing:
    """A code as it is stored; times are UTC."""

    id: UUID
    child_id: UUID
    guardian_id: UUID
    device_name: str
    code_hash: bytes
    created_at: datetime
    expires_at: datetime


class PairingRepository:
    """Stateless; every method names the connection or pool it runs on."""

    async def hold(self, connection: asyncpg.Connection, child_id: UUID) -> None:
        """Holds the child's codes and devices until the transaction ends."""
        await connection.execute(_HOLD, child_id)

    async def child(
        self, connection: asyncpg.Connection | asyncpg.Pool, child_id: UUID, guardian_id: UUID | None = None
    ) -> asyncpg.Record | None:
        """The person with the zone of the present school; `guarded`: whether this guardian, or any, looks after them now."""
        return await connection.fetchrow(_CHILD, child_id, guardian_id, DEFAULT_ZONE)

    async def count_codes(self, connection: asyncpg.Connection, child_id: UUID, now: datetime) -> int:
        """Codes that can still be taken up."""
        return int(await connection.fetchval(_COUNT_CODES, child_id, now))

    async def count_devices(self, connection: asyncpg.Connection, child_id: UUID, used_after: datetime) -> int:
        """Devices that can still sign in."""
        return int(await connection.fetchval(_COUNT_DEVICES, child_id, used_after))

    async def insert(self, connection: asyncpg.Connection, new: NewPairing) -> None:
        """Adds a code."""
        await connection.execute(
            _INSERT, new.id, new.child_id, new.guardian_id, new.device_name, new.code_hash, new.created_at, new.expires_at
        )

    async def by_id(self, connection: asyncpg.Connection, pairing_id: UUID) -> asyncpg.Record | None:
        """A pairing in whatever state."""
        return await connection.fetchrow(_BY_ID, pairing_id)

    async def by_code(self, connection: asyncpg.Connection, hashes: Sequence[bytes], now: datetime) -> asyncpg.Record | None:
        """The pairing whose code can still be taken up."""
        return await connection.fetchrow(_BY_CODE, hashes, now)

    async def pair(self, connection: asyncpg.Connection, pairing_id: UUID, at: datetime, secret_hash: bytes, browser: str) -> bool:
        """Makes the device live, once; False when the code was used or ended meanwhile."""
        return await connection.fetchval(_PAIR, pairing_id, at, secret_hash, browser) is not None

    async def use(
        self, connection: asyncpg.Connection, secret_hash: bytes, used_after: datetime, at: datetime, browser: str
    ) -> asyncpg.Record | None:
        """The living device behind a secret, its use noted; it cannot be revoked before the transaction ends."""
        return await connection.fetchrow(_USE, secret_hash, used_after, at, browser)

    async def by_secret(
        self, connection: asyncpg.Connection | asyncpg.Pool, secret_hash: bytes, used_after: datetime
    ) -> asyncpg.Record | None:
        """The living device behind a secret."""
        return await connection.fetchrow(_KNOWN_DEVICE, secret_hash, used_after)

    async def child_of_live(self, reads: asyncpg.Pool, pairing_id: UUID, used_after: datetime) -> UUID | None:
        """Whose living device it is."""
        found: UUID | None = await reads.fetchval(_LIVE, pairing_id, used_after)
        return found

    async def revoke(self, connection: asyncpg.Connection, pairing_id: UUID, at: datetime) -> bool:
        """Whether it ended now and not before."""
        return await connection.fetchval(_REVOKE, pairing_id, at) is not None

    async def note_session(self, connection: asyncpg.Connection, session_id: UUID, pairing_id: UUID, at: datetime) -> None:
        """The device opened this session."""
        await connection.execute(_IN_SESSION, session_id, pairing_id, at)

    async def sessions(self, connection: asyncpg.Connection, pairing_id: UUID, since: datetime) -> list[UUID]:
        """Sessions the device opened since, ended ones too."""
        return [row["session_id"] for row in await connection.fetch(_SESSIONS, pairing_id, since)]

    async def is_of_device(self, reads: asyncpg.Pool, session_id: UUID) -> bool:
        """Whether a device opened this session."""
        return bool(await reads.fetchval(_IS_OF_DEVICE, session_id))

    async def of_child(
        self, reads: asyncpg.Pool, child_id: UUID, now: datetime, used_after: datetime, since: datetime
    ) -> list[asyncpg.Record]:
        """Open codes and living devices, newest first, each with its sessions opened since and not ended."""
        rows: list[asyncpg.Record] = await reads.fetch(_OF_CHILD, child_id, now, used_after, since)
        return rows

    async def add_fact(self, connection: asyncpg.Connection, pairing: tuple[UUID, UUID], act: str, actor_id: UUID, at: datetime) -> None:
        """Notes who did what with a pairing (its id, the child's)."""
        await connection.execute(_FACT, *pairing, act, actor_id, at)
