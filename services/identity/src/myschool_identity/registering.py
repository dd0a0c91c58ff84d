"""People of an operator's list get their ids: only identity sees their СНИЛС, everyone after it the ids.

The answer is the list with «Человек» in place of «СНИЛС» and «Дата рождения», for `python -m myschool_roles appoint`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date

from myschool_identity.account.repository import AccountRepository
from myschool_identity.account.rules import birth_day, snils_digits
from myschool_identity.account.service import Accounts, Newcomer
from myschool_identity.blocking.repository import BlockingRepository
from myschool_identity.blocking.service import Blocking
from myschool_identity.consent.repository import ConsentRepository
from myschool_identity.consent.service import Consents
from myschool_identity.consent.texts import PRESENT
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.profile.service import Profiles
from myschool_identity.session.repository import SessionRepository
from myschool_identity.session.service import Sessions
from myschool_identity.settings import IdentitySettings
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.errors import Invalid
from myschool_kit.telemetry import mask
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

COLUMNS = ("СНИЛС", "ФИО", "Дата рождения")
PERSON = "Человек"
MOST_ROWS = 1000
_HIDDEN = frozenset({"СНИЛС", "Дата рождения"})
_MOST_TOLD = 20
_NAME = re.compile(r"[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё'’.\-]{0,99}")
_RUSSIAN_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
_EARLIEST = date(1900, 1, 1)

Row = dict[str, str]


class BadList(Exception):
    """The list has faults; nobody of it is stored. Its text names rows and what to change, never a value."""


def read(lines: Iterable[str]) -> list[Row]:
    """Rows of a CSV with semicolons, at least the columns of COLUMNS, in any order. Raises BadList with every faulty row."""
    reader = csv.DictReader(lines, delimiter=";", strict=True, restval="")
    try:
        names = reader.fieldnames or ()
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise BadList(f"the first line lacks the columns {', '.join(missing)}; columns are separated by semicolons")
        rows = list(reader)
    except csv.Error as error:
        raise BadList(f"the list is no CSV in UTF-8: {error}") from error
    if not 0 < len(rows) <= MOST_ROWS:
        raise BadList(f"the list must have 1 to {MOST_ROWS} rows, it has {len(rows)}")
    faults = [f"row {number}: {fault}" for number, row in enumerate(rows, 2) for fault in _faults(row)]
    if faults:
        more = f"\n… and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
        raise BadList("\n".join(faults[:_MOST_TOLD]) + more)
    return rows


def _faults(row: Row) -> list[str]:
    if None in row:
        return ["it has more cells than the first line"]
    words = row["ФИО"].split()
    faults = [] if len(words) > 1 and all(map(_NAME.fullmatch, words)) else ["ФИО must be a family and a given name, of letters"]
    try:
        if not snils_digits(row["СНИЛС"], "СНИЛС"):
            faults.append("СНИЛС is missing")
    except Invalid:
        faults.append("СНИЛС is wrong: eleven digits whose control number fits")
    try:
        born = birth_day(_iso(row["Дата рождения"]), "Дата рождения")
        in_bounds = born is None or _EARLIEST <= born <= clock.now().date()
    except Invalid:
        in_bounds = False
    return faults if in_bounds else [*faults, "Дата рождения must be a day like 05.09.1980, or empty"]


def _iso(text: str) -> str:
    match = _RUSSIAN_DAY.fullmatch(text.strip())
    return f"{match[3]}-{match[2]}-{match[1]}" if match else text.strip()


def _newcomer(number: int, row: Row) -> Newcomer:
    family, given, *rest = row["ФИО"].split()
    return Newcomer(str(number), family, given, " ".join(rest), _iso(row["Дата рождения"]), row["СНИЛС"])


async def run(settings: IdentitySettings, rows: Sequence[Row], url: str = "") -> str:
    """Registers all or none; the same СНИЛС has the same id again. Answers the list with ids. `url` replaces the database (tests)."""
    database = Database(url or settings.database_url("identity"), pool_size=1)
    await database.open(settings.start_patience_seconds)
    cipher, lookup = EnvelopeCipher(settings.key("field.key")), LookupHash(settings.key("lookup.key"))
    sessions, consents = Sessions(database, SessionRepository()), Consents(database, ConsentRepository(), PRESENT)
    profiles, blocking = Profiles(ProfileRepository(cipher, lookup)), Blocking(database, BlockingRepository(), sessions)
    accounts = Accounts(database, AccountRepository(), profiles, sessions, consents, blocking)
    try:
        async with database.begin() as uow:
            found = await accounts.register(uow, [_newcomer(number, row) for number, row in enumerate(rows)])
    finally:
        await database.close()
    return _answer(rows, [str(person.person_id) for person in found])


def _answer(rows: Sequence[Row], ids: Sequence[str]) -> str:
    shown = [name for name in rows[0] if name not in _HIDDEN]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\n")
    writer.writerow([PERSON, *shown])
    writer.writerows([person_id, *(mask(" ".join(row[name].split())) for name in shown)] for person_id, row in zip(ids, rows, strict=True))
    return target.getvalue()
