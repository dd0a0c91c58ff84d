"""The first people whom nobody of a region can appoint: its coordinators, and who works for the platform as a whole.

Their list names people by id and never by СНИЛС: `python -m myschool_identity register` has put the ids in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from myschool_kit.db import Database, UnitOfWork
from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal
from myschool_kit.settings import Settings
from myschool_privacy.audit.log import AccessLog
from myschool_roles.errors import RoleExists
from myschool_roles.group.repository import GroupRepository
from myschool_roles.group.service import Groups
from myschool_roles.listing import refuse, repeated, table
from myschool_roles.organisation.repository import OrganisationRepository
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.repository import PersonRepository
from myschool_roles.person.service import People
from myschool_roles.role.repository import RoleRepository
from myschool_roles.role.rules import ACTIVE
from myschool_roles.role.service import Grant, Roles

COLUMNS = ("Человек", "ФИО", "Роль", "Регион")
# Words of the page (web/src/i18n/ru/common.json) and whether the role belongs to a region.
ROLES = {
    "Региональный координатор": ("REGIONAL_COORDINATOR", True),
    "Федеральный администратор": ("FEDERAL_ADMINISTRATOR", False),
    "Эксперт": ("EXPERT", False),
    "Поддержка": ("SUPPORT", False),
}
_PLATFORM = Principal("", "", "SYSTEM")
_REGION = re.compile(r"[0-9]{2}")
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Appointed:
    """How many roles are new, and how many were held already."""

    new: int
    known: int


def read(lines: Iterable[str]) -> list[Grant]:
    """Roles to grant, out of a CSV with semicolons and the columns of COLUMNS, in any order. Raises BadList with every faulty row."""
    rows = table(lines, COLUMNS)
    refuse([f"row {number}: {fault}" for number, row in rows for fault in _faults(row)] + repeated(rows, "Человек", "Роль", "Регион"))
    return [Grant(UUID(row["Человек"]), ROLES[row["Роль"]][0], None, row["Регион"], ACTIVE, row["ФИО"]) for _number, row in rows]


def _faults(row: dict[str, str]) -> list[str]:
    faults = [] if is_uuid(row["Человек"]) else ["Человек must be an id that `python -m myschool_identity register` has answered"]
    if not 0 < len(row["ФИО"]) <= _LONGEST_NAME:
        faults.append(f"ФИО must have 1 to {_LONGEST_NAME} characters")
    if row["Роль"] not in ROLES:
        return [*faults, f"Роль must be one of: {', '.join(ROLES)}"]
    if ROLES[row["Роль"]][1] and not _REGION.fullmatch(row["Регион"]):
        faults.append(f"Регион must be {_REGION.pattern}")
    if not ROLES[row["Роль"]][1] and row["Регион"]:
        faults.append("Регион must be empty: this role belongs to no region")
    return faults


async def run(settings: Settings, service: str, wishes: list[Grant], url: str = "") -> Appointed:
    """Grants all or none, with facts and events; done twice it changes nothing. `url` replaces the database (tests).

    Raises BadList when somebody holds such a role in another status.
    """
    database = Database(url or settings.database_url(service), pool_size=1)
    await database.open(settings.start_patience_seconds)
    # Nobody's data are read by a person here, so nothing is noted.
    access = AccessLog(database)
    repository, people = RoleRepository(database), People(PersonRepository(database), access)
    groups = Groups(GroupRepository(database), people, access)
    roles = Roles(repository, Organisations(OrganisationRepository(database)), people, groups)
    faults, new = list[str](), 0
    try:
        async with database.begin() as uow:
            for number, wish in enumerate(wishes, 2):
                try:
                    new += await _holds(uow, repository, wish) is None
                    await roles.grant(uow, _PLATFORM, wish)
                except RoleExists as error:
                    faults.append(f"row {number}: the person holds this role already, as {error.params['status']}")
            refuse(faults)
    finally:
        await database.close()
    return Appointed(new, len(wishes) - new)


async def _holds(uow: UnitOfWork, repository: RoleRepository, wish: Grant) -> asyncpg.Record | None:
    return await repository.find_live(uow.raw, wish.person_id, wish.role_type, wish.organisation_id, wish.region_code)
