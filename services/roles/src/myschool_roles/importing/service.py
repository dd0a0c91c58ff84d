"""Use cases of the import: preview with a verdict per row, the kept import, carrying it out whole or not at all."""

import asyncio
import zlib
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from myschool_kit import clock
from myschool_kit.db import UnitOfWork
from myschool_kit.ids import uuid7
from myschool_kit.page import decode_token, encode_token, foreign_token
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_kit.telemetry import mask
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_roles.errors import ImportChanged, ImportExpired, ImportHasErrors, ImportNotFound, OrganisationNotFound
from myschool_roles.guardian.service import Guardians
from myschool_roles.importing import oneroster, sheet
from myschool_roles.importing.carry_out import Execution, Hashes
from myschool_roles.importing.clients import PeopleRegister
from myschool_roles.importing.compare import Comparison, KnownGroup, Plan, State
from myschool_roles.importing.model import CREATE, INVALID, NONE, UPDATE, Row
from myschool_roles.importing.repository import ImportRepository
from myschool_roles.organisation.service import Organisations

_PAGE = 100
_LIFETIME = timedelta(days=1)
_ORDER = {INVALID: 0, UPDATE: 1, CREATE: 2, NONE: 3}
# Who leads a school comes from above: an import never makes its author more than he is.
_GRANTABLE = {
    "DEPUTY_HEAD": frozenset({"TEACHER", "STUDENT", "GUARDIAN"}),
    "HEAD": frozenset({"TEACHER", "STUDENT", "GUARDIAN", "DEPUTY_HEAD"}),
}
_ALL = frozenset({"TEACHER", "STUDENT", "GUARDIAN", "DEPUTY_HEAD", "HEAD"})


class Imports:
    """Imports of whole schools."""

    def __init__(
        self,
        repository: ImportRepository,
        organisations: Organisations,
        people: PeopleRegister,
        seals: tuple[EnvelopeCipher, LookupHash],
        guardians: Guardians,
    ) -> None:
        self._repository = repository
        self._guardians = guardians
        self._organisations = organisations
        self._people = people
        self._cipher, self._lookup = seals

    async def preview(
        self, uow: UnitOfWork, principal: Principal, organisation_id: UUID, form: str, file_name: str, content: bytes
    ) -> bytes:
        """Reads the file and keeps it with a verdict per row; changes nothing else. JSON of the first page."""
        organisation = await self._organisations.visible(principal, organisation_id)
        file_name = mask(file_name)  # «112-233-445 95.xlsx» would stand unsealed in a column and in answers
        today = clock.school_day(organisation["time_zone"])
        reading = (oneroster.read, content, today, organisation["ogrn"]) if form == "ONEROSTER" else (sheet.read, content, today)
        rows: list[Row] = await asyncio.to_thread(*reading)
        plan = await self._compare(uow, principal, organisation_id, rows)
        import_id, now = uuid7(), clock.now()
        await self._repository.forget(uow.raw, now - _LIFETIME)
        sealed = (self._seal(import_id, rows), self._lookup.of(repr(plan)))
        await self._repository.keep(uow.raw, import_id, (organisation_id, form, file_name), sealed, (principal.person_id, now))
        return _body({"id": import_id, "organisation_id": organisation_id, "file_name": file_name, "status": "PREVIEW"}, rows)

    async def get(self, principal: Principal, import_id: UUID, size: int, token: str) -> bytes:
        """JSON of one page of a kept import, rows with errors first."""
        kept = await self._visible(principal, await self._repository.get(import_id))
        start = page_start(decode_token(token, str(import_id)))
        return _body(kept, self._open(kept), start, size or _PAGE)

    async def confirm(self, uow: UnitOfWork, principal: Principal, import_id: UUID) -> bytes:
        """Carries the import out in this transaction; a second call answers the same.

        Raises ImportHasErrors, ImportChanged, ImportExpired.
        """
        kept = await self._visible(principal, await self._repository.lock(uow.raw, import_id))
        rows = self._open(kept)
        if kept["status"] == "DONE":
            return _body(kept, rows)
        organisation = await self._organisations.lock(uow, kept["organisation_id"])
        for row in rows:
            row.action = ""
        plan = await self._compare(uow, principal, organisation["id"], rows)
        invalid = sum(row.action == INVALID for row in rows)
        if invalid:
            raise ImportHasErrors("nothing is imported while rows have errors", invalid=invalid)
        if kept["fingerprint"] not in self._lookup.all_of([repr(plan)]):
            raise ImportChanged("the school has changed since the preview: send the file again")
        ids = await self._people.register(plan.people)
        named = {key: self._lookup.of(_named(organisation["id"], key)) for key in plan.keys}
        hashes = Hashes(named, self._lookup.generation)
        execution = Execution(self._repository, uow, organisation["id"], plan)
        today = clock.school_day(organisation["time_zone"])
        await execution.run(ids, hashes, (principal.person_id, principal.role_type), today)
        if execution.touched:
            await self._guardians.refresh(uow, sorted(execution.touched), fresh=execution.fresh)
        for row in rows:
            row.human, row.fields = None, {}
        await self._repository.finish(uow.raw, import_id, self._seal(import_id, rows))
        return _body({**kept, "status": "DONE"}, rows)

    async def _visible(self, principal: Principal, kept: asyncpg.Record | None) -> asyncpg.Record:
        if kept is None:
            raise ImportNotFound
        try:
            await self._organisations.visible(principal, kept["organisation_id"])
        except OrganisationNotFound as error:
            raise ImportNotFound from error
        if kept["status"] == "EXPIRED" or (kept["status"] == "PREVIEW" and kept["created_at"] < clock.now() - _LIFETIME):
            raise ImportExpired("the preview has expired: send the file again")
        return kept

    async def _compare(self, uow: UnitOfWork, principal: Principal, organisation_id: UUID, rows: list[Row]) -> Plan:
        state = await self._state(uow, organisation_id, rows)
        grantable = _GRANTABLE.get(principal.role_type, _ALL)
        return await asyncio.to_thread(Comparison(rows, state, grantable).run)

    async def _state(self, uow: UnitOfWork, organisation_id: UUID, rows: list[Row]) -> State:
        school = await self._repository.school(uow.raw, organisation_id)
        keys = {key for row in rows if row.human is not None for key in (*row.human.keys(), row.human.name_key())}
        keys |= {row.fields[name] for row in rows for name in ("homeroom", "teacher", "child") if row.fields.get(name)}
        named = {_named(organisation_id, key): key for key in keys}
        by_hash = {hashed: named[name] for hashed, name in self._lookup.all_of(named).items()}
        known = await self._repository.known(uow.raw, list(by_hash))
        state = State(
            known={by_hash[hashed]: str(person) for hashed, person in known.items()},
            groups={row["name"]: KnownGroup(row["id"], row["grade"], str(row["homeroom_teacher_id"] or "")) for row in school["groups"]},
            enrolled={str(row["student_id"]): row["name"] for row in school["enrolled"]},
            teachings={(row["name"], row["subject"], str(row["teacher_id"])) for row in school["teachings"]},
            guardianships={(str(row["guardian_id"]), str(row["student_id"])) for row in school["guardianships"]},
            roles={(str(row["person_id"]), row["type"]) for row in school["roles"]},
        )
        people = {UUID(person) for person in (*state.known.values(), *state.enrolled, *(role[0] for role in state.roles))}
        for row in await self._repository.names(uow.raw, list(people)):
            state.names[str(row["id"])] = (row["family_name"], row["given_name"], row["middle_name"])
        return state

    def _seal(self, import_id: UUID, rows: list[Row]) -> bytes:
        return self._cipher.encrypt(zlib.compress(orjson.dumps([row.to_json() for row in rows])), f"import:{import_id}")

    def _open(self, kept: asyncpg.Record) -> list[Row]:
        plain = zlib.decompress(self._cipher.decrypt(kept["sealed"], f"import:{kept['id']}"))
        return [Row.from_json(data) for data in orjson.loads(plain)]


def _named(organisation_id: UUID, key: str) -> str:
    """СНИЛС is the same person everywhere; a name or a file's own id only within one school."""
    return key if key.startswith("snils:") else f"{organisation_id}:{key}"


def page_start(position: list[Any] | None) -> int:
    """The first row of a page. Raises Invalid for a token of another list."""
    if position is None:
        return 0
    if len(position) != 1 or not isinstance(position[0], int) or not 0 <= position[0] < 2**31:
        raise foreign_token()
    return position[0]


def _body(kept: Any, rows: list[Row], start: int = 0, size: int = _PAGE) -> bytes:
    """The page's JSON: counts of all rows, and `size` rows from `start`, those with errors first."""
    counts = Counter(row.action for row in rows)
    ordered = sorted(rows, key=lambda row: _ORDER[row.action])
    shown = [
        {
            "line": row.line,
            "sheet": row.sheet,
            "kind": row.kind,
            "action": row.action,
            "label": row.label,
            "errors": [{"field": name, "message": message} for name, message in row.errors],
        }
        for row in ordered[start : start + size]
    ]
    following = start + size
    return json_body(
        {
            "id": kept["id"],
            "organisation_id": kept["organisation_id"],
            "file_name": kept["file_name"],
            "status": kept["status"],
            "counts": {
                "rows": len(rows),
                "create": counts[CREATE],
                "update": counts[UPDATE],
                "unchanged": counts[NONE],
                "invalid": counts[INVALID],
            },
            "rows": shown,
            "next_page_token": encode_token([following], str(kept["id"])) if following < len(rows) else "",
        }
    )
