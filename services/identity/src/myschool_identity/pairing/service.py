"""Use cases: a guardian makes, lists and ends codes and devices; a child's device signs in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_identity.account.rules import display_name
from myschool_identity.blocking.service import Blocking
from myschool_identity.consent.rules import is_under_14
from myschool_identity.consent.service import Consents
from myschool_identity.errors import ChildFourteen, GuardianGone, PairingCodeUnknown, PairingUnknown, TooManyCodes, TooManyDevices
from myschool_identity.pairing import code as codes
from myschool_identity.pairing.repository import NewPairing, PairingRepository
from myschool_identity.session.service import Sessions
from myschool_kit import clock
from myschool_kit.db import Database, UnitOfWork
from myschool_kit.errors import AlreadyExists, Invalid, NotFound, Violation
from myschool_privacy.audit.log import AccessLog

GOOD_FOR = timedelta(minutes=15)
MOST_CODES = MOST_DEVICES = 5
UNUSED = timedelta(days=180)
"""As long as the device keeps its cookie."""

# Longer than any session of the gateway lives.
_SESSIONS_OF = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paired:
    """Who signed in on a device, and what keeps them out."""

    pairing_id: UUID
    person_id: UUID
    display_name: str
    missing_consents: list[str]


class Pairings:
    """Codes and devices of children under 14; guardians are those who may consent for the child."""

    def __init__(
        self,
        database: Database,
        repository: PairingRepository,
        made: codes.Codes,
        sessions: Sessions,
        consents: Consents,
        blocking: Blocking,
        access: AccessLog,
    ) -> None:
        self._database = database
        self._repository = repository
        self._codes = made
        self._sessions = sessions
        self._consents = consents
        self._blocking = blocking
        self._access = access

    async def create(self, uow: UnitOfWork, guardian_id: UUID, pairing_id: UUID, child_id: UUID, device_name: str) -> tuple[str, datetime]:
        """Code (XXXX-XXXX) and its end. Raises NotFound, Invalid, ChildFourteen, TooManyCodes, TooManyDevices."""
        name = device_name.strip()
        if not name:
            raise Invalid("the name is empty", violations=[Violation("device_name", "say which device it is")])
        await self._repository.hold(uow.raw, child_id)
        child = await self._ward(uow.raw, guardian_id, child_id)
        _check_age(child)
        now = clock.now()
        known = await self._repository.by_id(uow.raw, pairing_id)
        if known is not None:
            return self._again(known, guardian_id, child_id, name, now)
        if await self._repository.count_codes(uow.raw, child_id, now) >= MOST_CODES:
            raise TooManyCodes("use or end one of the codes first", most=MOST_CODES)
        if await self._repository.count_devices(uow.raw, child_id, now - UNUSED) >= MOST_DEVICES:
            raise TooManyDevices("end one of the devices first", most=MOST_DEVICES)
        code, expires_at = self._codes.of(pairing_id), now + GOOD_FOR
        new = NewPairing(pairing_id, child_id, guardian_id, name, self._codes.hash_of(code), now, expires_at)
        await self._repository.insert(uow.raw, new)
        await self._repository.add_fact(uow.raw, (pairing_id, child_id), "CREATED", guardian_id, now)
        return codes.shown(code), expires_at

    async def of_child(self, guardian_id: UUID, child_id: UUID) -> bytes:
        """JSON: open codes and living devices, newest first. Raises NotFound."""
        child = await self._ward(self._database.reads, guardian_id, child_id)
        self._access.record("pairings.view", subject_id=child_id)
        now = clock.now()
        rows = await self._repository.of_child(self._database.reads, child_id, now, now - UNUSED, now - _SESSIONS_OF)
        body = {
            "may_create": _is_young(child),
            "codes": [_code(row) for row in rows if row["paired_at"] is None],
            "devices": [_device(row) for row in rows if row["paired_at"] is not None],
        }
        return orjson.dumps(body)

    async def revoke(self, uow: UnitOfWork, guardian_id: UUID, child_id: UUID, pairing_id: UUID) -> list[UUID]:
        """Sessions to be dropped; the same again when repeated. Raises NotFound."""
        await self._ward(uow.raw, guardian_id, child_id)
        known = await self._repository.by_id(uow.raw, pairing_id)
        if known is None or known["child_id"] != child_id:
            raise NotFound("no such device")
        return await self._end(uow, (pairing_id, child_id), "REVOKED", guardian_id)

    async def redeem(self, uow: UnitOfWork, typed: str, session_id: UUID, device: str, secret_hash: bytes) -> Paired:
        """Takes a code up, once. Raises PairingCodeUnknown, ChildFourteen, GuardianGone, TooManyDevices."""
        now, hashes = clock.now(), self._codes.hashes_of(typed)
        found = await self._repository.by_code(uow.raw, hashes, now) if hashes else None
        if found is None:
            raise PairingCodeUnknown("there is no such code, or it has been used or has expired")
        await self._repository.hold(uow.raw, found["child_id"])
        child = await self._present(uow, found["child_id"])
        if await self._repository.count_devices(uow.raw, child["id"], now - UNUSED) >= MOST_DEVICES:
            raise TooManyDevices("end one of the devices first", most=MOST_DEVICES)
        if not await self._repository.pair(uow.raw, found["id"], now, secret_hash, device):
            raise PairingCodeUnknown("there is no such code, or it has been used or has expired")
        await self._repository.add_fact(uow.raw, (found["id"], child["id"]), "PAIRED", child["id"], now)
        return await self._open(uow, found["id"], child, session_id, device)

    async def resume(self, uow: UnitOfWork, secret_hash: bytes, session_id: UUID, device: str) -> Paired:
        """Opens a session on a paired device. Raises PairingUnknown, ChildFourteen, GuardianGone."""
        now = clock.now()
        found = await self._repository.use(uow.raw, secret_hash, now - UNUSED, now, device)
        if found is None:
            raise PairingUnknown("the device is unknown or was revoked")
        child = await self._present(uow, found["child_id"])
        await self._repository.add_fact(uow.raw, (found["id"], child["id"]), "OPENED", child["id"], now)
        return await self._open(uow, found["id"], child, session_id, device)

    async def forget(self, uow: UnitOfWork, secret_hash: bytes) -> list[UUID]:
        """Ends the device by its own wish; sessions to be dropped, none where it is unknown."""
        found = await self._repository.by_secret(uow.raw, secret_hash, clock.now() - UNUSED)
        return await self._end(uow, (found["id"], found["child_id"]), "FORGOTTEN", found["child_id"]) if found is not None else []

    async def given_name(self, secret_hash: bytes) -> str:
        """First name of the child whose device it is. Raises PairingUnknown."""
        found = await self._repository.by_secret(self._database.reads, secret_hash, clock.now() - UNUSED)
        child = await self._repository.child(self._database.reads, found["child_id"]) if found is not None else None
        if child is None:
            raise PairingUnknown("the device is unknown or was revoked")
        return str(child["given_name"])

    async def is_live(self, pairing_id: UUID) -> bool:
        """Whether the device's sessions may go on: not revoked, the child under 14 and looked after."""
        child_id = await self._repository.child_of_live(self._database.reads, pairing_id, clock.now() - UNUSED)
        child = await self._repository.child(self._database.reads, child_id) if child_id is not None else None
        return child is not None and child["guarded"] and _is_young(child)

    async def _ward(self, connection: asyncpg.Connection | asyncpg.Pool, guardian_id: UUID, child_id: UUID) -> asyncpg.Record:
        child = await self._repository.child(connection, child_id, guardian_id)
        if child is None or not child["guarded"]:
            raise NotFound("no such child")
        return child

    async def _present(self, uow: UnitOfWork, child_id: UUID) -> asyncpg.Record:
        """The child behind a device, if it may sign in today. Raises PairingUnknown, ChildFourteen, GuardianGone, AccountBlocked."""
        await self._blocking.check(uow, child_id)
        child = await self._repository.child(uow.raw, child_id)
        if child is None:
            raise PairingUnknown("the device is unknown or was revoked")
        _check_age(child)
        if not child["guarded"]:
            raise GuardianGone("nobody stands for the child any more")
        return child

    async def _open(self, uow: UnitOfWork, pairing_id: UUID, child: asyncpg.Record, session_id: UUID, device: str) -> Paired:
        await self._sessions.open(uow, child["id"], session_id, device)
        await self._repository.note_session(uow.raw, session_id, pairing_id, clock.now())
        missing = await self._consents.missing_purposes(uow.raw, child["id"])
        return Paired(pairing_id, child["id"], _name(child), missing)

    async def _end(self, uow: UnitOfWork, pairing: tuple[UUID, UUID], act: str, actor_id: UUID) -> list[UUID]:
        now = clock.now()
        if await self._repository.revoke(uow.raw, pairing[0], now):
            await self._repository.add_fact(uow.raw, pairing, act, actor_id, now)
        # Read after the device's row was changed: a session opened at the same moment is among them or was refused.
        opened = await self._repository.sessions(uow.raw, pairing[0], now - _SESSIONS_OF)
        for session_id in opened:
            await self._sessions.end(uow, session_id, "revoked")
        return opened

    def _again(self, known: asyncpg.Record, guardian_id: UUID, child_id: UUID, name: str, now: datetime) -> tuple[str, datetime]:
        """The same code for a repeated request."""
        same = (known["guardian_id"], known["child_id"], known["device_name"]) == (guardian_id, child_id, name)
        if not same or known["paired_at"] or known["revoked_at"] or known["expires_at"] <= now:
            raise AlreadyExists("the id is taken")
        return codes.shown(self._codes.of(known["id"])), known["expires_at"]


def _is_young(child: asyncpg.Record) -> bool:
    return is_under_14(child["birth_date"], clock.school_day(child["time_zone"]))


def _check_age(child: asyncpg.Record) -> None:
    if not _is_young(child):
        raise ChildFourteen("from 14 on the child signs in by an account of their own at Госуслуги")


def _name(row: asyncpg.Record) -> str:
    return display_name(row["family_name"] or "", row["given_name"] or "", row["middle_name"] or "")


def _code(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "device_name": row["device_name"],
        "made_by": _name(row),
        "created_at_ms": clock.epoch_ms(row["created_at"]),
        "expires_at_ms": clock.epoch_ms(row["expires_at"]),
    }


def _device(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "device_name": row["device_name"],
        "made_by": _name(row),
        "browser": row["browser"],
        "paired_at_ms": clock.epoch_ms(row["paired_at"]),
        "used_at_ms": clock.epoch_ms(row["used_at"]),
        "session_ids": [str(session_id) for session_id in row["sessions"]],
    }
