"""What a family and a school read about guardians, as ready JSON."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from myschool_kit import clock
from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal
from myschool_kit.replies import json_body
from myschool_privacy.audit.log import AccessLog
from myschool_roles.claim.service import Claims
from myschool_roles.errors import PersonNotFound
from myschool_roles.guardian import rules
from myschool_roles.guardian.repository import GuardianRepository
from myschool_roles.guardian.service import access_of, is_active, limited_now
from myschool_roles.organisation.rules import caller_id


class FamilyPage:
    """Reads about guardians."""

    def __init__(self, repository: GuardianRepository, claims: Claims, access: AccessLog) -> None:
        self._repository = repository
        self._claims = claims
        self._access = access

    async def family(self, principal: Principal) -> bytes:
        """JSON of the caller's children, or of the caller as a student, with guardians where they are the caller's to see."""
        caller = caller_id(principal)
        is_student = principal.role_type == "STUDENT"
        ids = [caller] if is_student else await self._repository.children_of(caller)
        rows = await self._repository.guardians_of(ids)
        invitations = await self._repository.invitations_of(caller, clock.now())
        claims = await self._claims.to_student(caller) if is_student else []
        students = [
            _student(student, caller, [row for row in rows if row["student_id"] == student["id"]], invitations, claims)
            for student in await self._repository.students(ids)
        ]
        return json_body({"students": students})

    async def of_student(self, principal: Principal, student_id: UUID) -> bytes:
        """JSON of a student of the caller's school with guardians and the latest steps. Raises PersonNotFound for others."""
        found = await self._repository.students([student_id])
        if not found or not is_uuid(principal.organisation_id) or str(found[0]["organisation_id"]) != principal.organisation_id:
            raise PersonNotFound
        rows = await self._repository.guardians_of([student_id])
        changes = [
            {**dict(row), "guardianship_id": row["guardianship_id"], "day": row["day"] or "", "until_day": row["until_day"] or ""}
            for row in await self._repository.changes_of(student_id)
        ]
        self._access.record("guardians", subject_id=student_id)
        student, today = found[0], clock.school_day(found[0]["time_zone"])
        return json_body(
            {**_about(student, today), "guardians": [_guardian(row, today, caller_id(principal)) for row in rows], "changes": changes}
        )


def _student(
    student: asyncpg.Record, caller: UUID, rows: list[asyncpg.Record], invitations: Iterable[asyncpg.Record], claims: list[dict[str, Any]]
) -> dict[str, Any]:
    today = clock.school_day(student["time_zone"])
    stage = rules.stage_on(student["birth_date"], today)
    mine = next((row for row in rows if row["guardian_id"] == caller), None)
    is_self = student["id"] == caller
    # Who stands in does not read who else stands for the child; neither does who may not see it.
    may_look = is_self or (mine is not None and mine["kind"] == rules.FULL and is_active(mine, today))
    return {
        **_about(student, today),
        "mine": None if mine is None else _guardian(mine, today, caller),
        "guardians": [_guardian(row, today, caller) for row in rows] if may_look else [],
        # A student invites a parent from 14 on, a parent somebody who stands in until the child is of age.
        "may_invite": stage == rules.FROM_14 if is_self else may_look and stage != rules.ADULT,
        "claims": [] if stage == rules.ADULT else claims,
        "invitations": [
            {"id": one["id"], "kind": one["kind"], "rights": one["rights"]}
            | {"last_day": one["last_day"] if one["kind"] == rules.TRUSTED else "", "expires_at_ms": one["expires_at_ms"]}
            for one in invitations
            if one["student_id"] == student["id"]
        ],
    }


def _about(student: asyncpg.Record, today: date) -> dict[str, Any]:
    return {
        "student_id": student["id"],
        "full_name": student["full_name"],
        "group_name": student["group_name"],
        "organisation_name": student["organisation_name"],
        "stage": rules.stage_on(student["birth_date"], today),
        "today": today,
    }


def _guardian(row: asyncpg.Record, today: date, caller: UUID) -> dict[str, Any]:
    access, limited = access_of(row), limited_now(row)
    return {
        "id": row["id"],
        "full_name": row["guardian_name"],
        "kind": row["kind"],
        "rights": sorted(rules.ALL - access.denied),
        "limited": sorted(limited),
        "limited_until": (row["limited_until"] or "") if limited else "",
        "last_day": access.last_day or "",
        "active": is_active(row, today),
        "me": row["guardian_id"] == caller,
        "version": row["version"],
    }
