"""The first organisations of a region, from its own list; who heads one at Госуслуги becomes its head at the first sign-in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from myschool_kit.db import Database
from myschool_kit.errors import Invalid
from myschool_kit.principal import Principal
from myschool_kit.settings import Settings
from myschool_roles.listing import refuse, repeated, table
from myschool_roles.organisation.repository import OrganisationRepository
from myschool_roles.organisation.service import Organisations

COLUMNS = ("ОГРН", "Полное название", "Краткое название", "Регион", "Часовой пояс")
_PLATFORM = Principal("", "", "SYSTEM")
_LONGEST = {"Полное название": 300, "Краткое название": 100}
_PATTERNS = {"ОГРН": re.compile(r"[0-9]{13}"), "Регион": re.compile(r"[0-9]{2}")}

Values = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Founded:
    """How many organisations are new, and how many were known already (renamed where the list says so)."""

    new: int
    known: int


def read(lines: Iterable[str]) -> list[Values]:
    """Rows of a CSV with semicolons and the columns of COLUMNS, in any order. Raises BadList with every faulty row."""
    rows = table(lines, COLUMNS)
    refuse([f"row {number}: {fault}" for number, row in rows for fault in _faults(row)] + repeated(rows, "ОГРН"))
    return [(row["ОГРН"], row["Полное название"], row["Краткое название"], row["Регион"], row["Часовой пояс"]) for _number, row in rows]


def _faults(row: dict[str, str]) -> list[str]:
    wrong = [f"{name} must be {pattern.pattern}" for name, pattern in _PATTERNS.items() if not pattern.fullmatch(row[name])]
    wrong += [f"{name} must have 1 to {longest} characters" for name, longest in _LONGEST.items() if not 0 < len(row[name]) <= longest]
    return wrong


async def run(settings: Settings, service: str, values: list[Values], url: str = "") -> Founded:
    """Registers all or none, with their events; done twice it changes nothing. `url` replaces the database (tests). Raises BadList."""
    database = Database(url or settings.database_url(service), pool_size=1)
    await database.open(settings.start_patience_seconds)
    organisations = Organisations(OrganisationRepository(database))
    new, faults = 0, list[str]()
    try:
        async with database.begin() as uow:
            for number, row in enumerate(values, 2):
                new += await organisations.by_ogrn(uow, row[0]) is None
                try:
                    await organisations.register(uow, _PLATFORM, row)
                except Invalid as error:
                    faults.append(f"row {number}: {'; '.join(item.message for item in error.violations)}")
            refuse(faults)
    finally:
        await database.close()
    return Founded(new, len(values) - new)
