"""OneRoster 1.2 CSV, bulk: the files of one school in a zip (docs/import.md says how classes become groups)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from myschool_roles.importing import rules, tables
from myschool_roles.importing.model import GROUP, GUARDIAN, STAFF, STUDENT, TEACHING, Human, Row

_VERSIONS = ("1.2", "1.2.0", "1.2.1")
_REQUIRED = {
    "orgs": ("sourcedId", "name", "type"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("userSourcedId", "role", "orgSourcedId"),
    "classes": ("sourcedId", "title", "classType", "schoolSourcedId"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
}
_STAFF_ROLES = {"teacher": "TEACHER", "principal": "HEAD", "administrator": "DEPUTY_HEAD", "siteadministrator": "DEPUTY_HEAD"}
_GUARDIAN_ROLES = frozenset({"guardian", "parent", "relative"})
_SNILS = re.compile(r"\{\s*snils\s*:\s*([0-9 -]+)\}", re.IGNORECASE)
_Cells = dict[str, str]


@dataclass
class _Archive:
    """What the files say, by sourcedId."""

    users: dict[str, tuple[int, _Cells]]
    roles: dict[str, list[tuple[int, str]]]
    classes: dict[str, tuple[int, _Cells]]
    enrollments: list[tuple[int, _Cells]]
    births: dict[str, str]
    faults: list[Row]
    humans: dict[str, tuple[Human, list[tuple[str, str]]]] = field(default_factory=dict)


def read(content: bytes, today: date, ogrn: str) -> list[Row]:
    """Rows of the school with this ОГРН. Raises FileUnreadable for a broken, partial or foreign archive."""
    files = _files(content)
    school = _school(files["orgs"], ogrn)
    faults: list[Row] = []
    everywhere = _by_id(files["classes"], GROUP, faults)
    classes = {source: entry for source, entry in everywhere.items() if entry[1]["schoolsourcedid"] == school}
    named = {cells["sourcedid"] for _line, cells in files["classes"].rows}
    archive = _Archive(
        users=_by_id(files["users"], STAFF, faults),
        roles=_roles(files["roles"], school),
        classes=classes,
        enrollments=[(line, cells) for line, cells in _live(files["enrollments"]) if cells["classsourcedid"] in classes],
        births={cells["sourcedid"]: cells.get("birthdate", "") for _line, cells in _live(files.get("demographics"))},
        faults=faults,
    )
    for line, cells in _live(files["enrollments"]):
        if cells["classsourcedid"] not in named and cells.get("schoolsourcedid", school) in {school, ""}:
            faults.append(_fault("enrollments.csv", line, STUDENT, "classSourcedId", f"В classes.csv нет {cells['classsourcedid'][:60]}"))
    for source, (_line, cells) in archive.users.items():
        archive.humans[source] = _human(source, cells, archive.births.get(source, ""), today)
    found = [*faults, *_groups(archive), *_staff(archive), *_students(archive, today), *_guardians(archive), *_teachings(archive)]
    if len(found) > tables.MAX_ROWS:
        raise tables.unreadable(f"В архиве больше {tables.MAX_ROWS} строк")
    return found


def _files(content: bytes) -> dict[str, tables.Table]:
    archive = tables.unpack(content)
    entries = {name.rsplit("/", 1)[-1].lower(): name for name in archive.namelist()}
    if "manifest.csv" not in entries:
        raise tables.unreadable("В архиве нет manifest.csv: нужна выгрузка OneRoster 1.2 CSV")

    def table_of(name: str, required: Sequence[str]) -> tables.Table:
        return tables.table(f"{name}.csv", tables.read_csv(tables.read_entry(archive, entries[f"{name}.csv"])), required)

    manifest = {cells["propertyname"]: cells["value"] for _line, cells in table_of("manifest", ("propertyName", "value")).rows}
    if manifest.get("oneroster.version") not in _VERSIONS:
        raise tables.unreadable("manifest.csv: нужна версия OneRoster 1.2")
    missing = [name for name in _REQUIRED if f"{name}.csv" not in entries]
    if missing:
        raise tables.unreadable(f"В архиве нет файла {', '.join(f'{name}.csv' for name in missing)}")
    partial = [name for name in _REQUIRED if manifest.get(f"file.{name}", "bulk") != "bulk"]
    if partial:
        raise tables.unreadable(f"manifest.csv: файлы {', '.join(partial)} должны быть полными (bulk)")
    files = {name: table_of(name, required) for name, required in _REQUIRED.items()}
    if "demographics.csv" in entries:
        files["demographics"] = table_of("demographics", ("sourcedId",))
    return files


def _live(table: tables.Table | None) -> list[tuple[int, _Cells]]:
    rows = table.rows if table is not None else []
    return [(line, cells) for line, cells in rows if cells.get("status", "").lower() != "tobedeleted"]


def _fault(sheet: str, line: int, kind: str, column: str, message: str) -> Row:
    """A row that can be nothing but wrong."""
    row = Row(sheet, line, kind, "", {"group": ""})
    row.refuse(column, message)
    return row


def _by_id(table: tables.Table, kind: str, faults: list[Row]) -> dict[str, tuple[int, _Cells]]:
    """Living rows by sourcedId; one without an id or with a known one becomes a fault."""
    found: dict[str, tuple[int, _Cells]] = {}
    for line, cells in _live(table):
        source = cells["sourcedid"]
        if not source:
            faults.append(_fault(table.name, line, kind, "sourcedId", "Пустой sourcedId"))
        elif source in found:
            faults.append(_fault(table.name, line, kind, "sourcedId", f"Тот же sourcedId стоит в строке {found[source][0]}"))
        else:
            found[source] = (line, cells)
    return found


def _school(orgs: tables.Table, ogrn: str) -> str:
    """The sourcedId of the school the import is for: by ОГРН in `identifier`, or the only school that names none."""
    schools = [cells for _line, cells in _live(orgs) if cells["type"].lower() == "school"]
    for cells in schools:
        if cells.get("identifier", "") == ogrn:
            return cells["sourcedid"]
    if len(schools) == 1 and not schools[0].get("identifier", ""):
        return schools[0]["sourcedid"]
    raise tables.unreadable(f"orgs.csv: нет школы с identifier (ОГРН) {ogrn}: это архив другой организации")


def _roles(table: tables.Table, school: str) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for line, cells in _live(table):
        if cells["orgsourcedid"] == school:
            found.setdefault(cells["usersourcedid"], []).append((line, cells["role"].strip()))
    return found


def _human(source: str, cells: _Cells, birth_cell: str, today: date) -> tuple[Human, list[tuple[str, str]]]:
    errors: list[tuple[str, str]] = []
    match = _SNILS.search(cells.get("userids", ""))
    snils, problem = rules.snils(match[1]) if match else ("", "")
    if problem:
        errors.append(("userIds", problem))
    birth, problem = rules.day(birth_cell, today)
    if problem:
        errors.append(("birthDate", problem))
    family, given, middle = (" ".join(cells.get(name, "").split()) for name in ("familyname", "givenname", "middlename"))
    for name, value in (("familyName", family), ("givenName", given)):
        if not value:
            errors.append((name, "Имя и фамилия обязательны"))
    problems = (
        *(rules.name_problem(value) for value in (family, given, middle) if value),
        rules.mixed_alphabets(f"{family} {given} {middle}"),
    )
    errors.extend(("familyName", problem) for problem in problems if problem)
    return Human(family, given, middle, birth, snils, source), errors


def _person_row(archive: _Archive, sheet: str, line: int, kind: str, source: str) -> Row:
    known = archive.humans.get(source)
    row = Row(sheet, line, kind, known[0].full_name[:200] if known else source[:100])
    if known is None:
        row.refuse("userSourcedId", f"В users.csv нет {source[:60]}")
    else:
        row.human, errors = known
        row.errors.extend(errors)
    return row


def _is_homeroom(cells: _Cells) -> bool:
    return cells["classtype"].lower() == "homeroom"


def _group_name(row: Row, text: str, column: str) -> int:
    (row.fields["group"], grade), problem = rules.class_name(text)
    if problem:
        row.refuse(column, problem)
    return grade


def _groups(archive: _Archive) -> list[Row]:
    homeroom: dict[str, str] = {}
    # Of several teachers of a class the primary one leads it, else the first.
    for _line, cells in sorted(archive.enrollments, key=lambda entry: entry[1].get("primary", "").lower() != "true"):
        if cells["role"].lower() == "teacher":
            homeroom.setdefault(cells["classsourcedid"], cells["usersourcedid"])
    found = []
    for source, (line, cells) in archive.classes.items():
        if _is_homeroom(cells):
            row = Row("classes.csv", line, GROUP, cells["title"][:40])
            row.fields["grade"] = str(_group_name(row, cells["title"], "title"))
            row.fields["homeroom"] = f"external:{homeroom[source]}" if source in homeroom else ""
            found.append(row)
    return found


def _staff(archive: _Archive) -> list[Row]:
    found = []
    for source, roles in archive.roles.items():
        for line, role in roles:
            if role.lower() == "student" or role.lower() in _GUARDIAN_ROLES:
                continue
            row = _person_row(archive, "roles.csv", line, STAFF, source)
            row.fields["role"] = _STAFF_ROLES.get(role.lower(), "")
            if not row.fields["role"]:
                row.refuse("role", f"Роль «{role[:40]}» не поддерживается")
            found.append(row)
    return found


def _students(archive: _Archive, today: date) -> list[Row]:
    found = []
    for line, cells in archive.enrollments:
        group = archive.classes[cells["classsourcedid"]][1]
        if cells["role"].lower() == "student" and _is_homeroom(group):
            row = _person_row(archive, "enrollments.csv", line, STUDENT, cells["usersourcedid"])
            _group_name(row, group["title"], "classSourcedId")
            row.fields["from_day"], problem = rules.day(cells.get("begindate", ""), today)
            if problem:
                row.refuse("beginDate", problem)
            found.append(row)
    return found


def _has_role(archive: _Archive, source: str, wanted: frozenset[str]) -> bool:
    return any(role.lower() in wanted for _line, role in archive.roles.get(source, ()))


def _guardians(archive: _Archive) -> list[Row]:
    """Pairs from agentSourcedIds, which producers fill on the child, on the guardian, or on both."""
    pairs: dict[tuple[str, str], int] = {}
    found: list[Row] = []
    for source, (line, cells) in archive.users.items():
        for agent in (part.strip() for part in cells.get("agentsourcedids", "").split(",")):
            if agent and agent not in archive.users:
                found.append(_fault("users.csv", line, GUARDIAN, "agentSourcedIds", f"В users.csv нет {agent[:60]}"))
            elif agent and _has_role(archive, agent, _GUARDIAN_ROLES):
                pairs.setdefault((agent, source), line)
            elif agent and _has_role(archive, source, _GUARDIAN_ROLES):
                pairs.setdefault((source, agent), line)
    for (guardian, child), line in pairs.items():
        row = _person_row(archive, "users.csv", line, GUARDIAN, guardian)
        if child in archive.humans:
            row.label = f"{row.label} → {archive.humans[child][0].full_name}"[:200]
        row.fields["child"] = f"external:{child}"
        found.append(row)
    return found


def _teachings(archive: _Archive) -> list[Row]:
    found = []
    for line, cells in archive.enrollments:
        lesson = archive.classes[cells["classsourcedid"]][1]
        if cells["role"].lower() != "teacher" or _is_homeroom(lesson):
            continue
        row = Row("enrollments.csv", line, TEACHING, lesson["title"][:200])
        _group_name(row, lesson.get("classcode", ""), "classCode")
        row.fields["subject"], problem = rules.subject(lesson.get("subjects", "").split(",")[0] or lesson["title"])
        if problem:
            row.refuse("subjects", problem)
        row.fields["teacher"] = f"external:{cells['usersourcedid']}"
        found.append(row)
    return found
