"""Writes the region as the files that schools and publishers have: xlsx, OneRoster, JSON."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from myschool_seed.people import Person, Pupil
from myschool_seed.region import School, grade_of
from myschool_seed.timetable import Slot

_WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница")
# One date for every member of an archive: the same region gives the same bytes.
_STAMP = (2026, 9, 1, 0, 0, 0)
_ROLES = {"Директор": "principal", "Заместитель": "siteAdministrator"}


@dataclass(frozen=True, slots=True)
class File:
    """A file by name."""

    name: str
    content: bytes


def school_book(school: School) -> File:
    """The school's own sheet as docs/import.md describes it."""
    load = [[group, subject, _dashed(teacher.snils)] for (group, subject), teachers in school.teachings.items() for teacher in teachers]
    sheets: dict[str, tuple[Sequence[str], Iterable[Sequence[str]]]] = {
        "Классы": (
            ("Класс", "Параллель", "Классный руководитель"),
            ([group, str(grade_of(group)), school.homerooms[group].full] for group in school.groups),
        ),
        "Сотрудники": (
            ("ФИО", "СНИЛС", "Дата рождения", "Должность"),
            ([person.full, _dashed(person.snils), f"{person.birth:%d.%m.%Y}", person.position] for person in school.staff),
        ),
        "Ученики": (
            ("ФИО", "Дата рождения", "СНИЛС", "Класс"),
            ([pupil.full, f"{pupil.birth:%d.%m.%Y}", _dashed(pupil.snils), pupil.group] for pupil in school.pupils),
        ),
        "Родители": (
            ("ФИО", "СНИЛС", "Телефон", "Ребёнок", "Класс ребёнка", "СНИЛС ребёнка"),
            (
                [person.full, _dashed(person.snils), "", pupil.full, pupil.group, _dashed(pupil.snils)]
                for pupil in school.pupils
                for person in pupil.guardians
            ),
        ),
        "Нагрузка": (("Класс", "Предмет", "Учитель"), load),
    }
    return File("school-12.xlsx", _book(sheets))


def timetable_book(name: str, slots: Iterable[Slot]) -> File:
    """The weekly timetable."""
    rows = ([slot.group, slot.subject, slot.teacher, _WEEKDAYS[slot.weekday - 1], str(slot.number), slot.room] for slot in slots)
    return File(name, _book({"Расписание": (("Класс", "Предмет", "Учитель", "День недели", "Урок", "Кабинет"), rows)}))


def items_json(items: Sequence[dict[str, Any]]) -> File:
    """The library items as a publisher sends them."""
    return File("library-items.json", json.dumps({"items": items}, ensure_ascii=False, indent=1).encode())


def oneroster(school: School) -> File:
    """OneRoster 1.2 CSV of a school."""
    people: dict[str, Person] = {}
    for person in [*school.staff, *school.pupils, *(guardian for pupil in school.pupils for guardian in pupil.guardians)]:
        people.setdefault(person.snils, person)
    pupils = {pupil.snils: pupil for pupil in school.pupils}
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[str]]]] = {
        "manifest.csv": (("propertyName", "value"), _manifest()),
        "orgs.csv": (
            ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"),
            [[f"org-{school.ogrn}", "", "", school.full_name, "school", school.ogrn, ""]],
        ),
        "users.csv": (_USERS, [_user(person, pupils.get(key)) for key, person in people.items()]),
        "demographics.csv": (
            ("sourcedId", "status", "dateLastModified", "birthDate"),
            [[_user_id(person), "", "", person.birth.isoformat()] for person in people.values()],
        ),
        "roles.csv": (_ROLES_HEAD, list(_role_rows(school))),
        "classes.csv": (_CLASSES, list(_class_rows(school))),
        "enrollments.csv": (_ENROLLMENTS, list(_enrollment_rows(school))),
    }
    return File("school-5-oneroster.zip", _archive({name: _csv(head, rows) for name, (head, rows) in tables.items()}))


_USERS = (
    "sourcedId",
    "status",
    "dateLastModified",
    "enabledUser",
    "username",
    "userIds",
    "givenName",
    "familyName",
    "middleName",
    "agentSourcedIds",
)
_ROLES_HEAD = ("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId")
_CLASSES = ("sourcedId", "status", "dateLastModified", "title", "grades", "classCode", "classType", "schoolSourcedId", "subjects")
_ENROLLMENTS = ("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary")


def _manifest() -> list[Sequence[str]]:
    names = ("orgs", "users", "demographics", "roles", "classes", "enrollments")
    return [("manifest.version", "1.0"), ("oneroster.version", "1.2"), *((f"file.{name}", "bulk") for name in names)]


def _user_id(person: Person) -> str:
    # Not the СНИЛС: ids of a file travel further than its other columns.
    return f"u{int(person.snils[:9]):06d}"


def _user(person: Person, pupil: Pupil | None) -> list[str]:
    name = person.name
    agents = ",".join(_user_id(guardian) for guardian in pupil.guardians) if pupil else ""
    snils = f"{{SNILS:{person.snils}}}"
    return [_user_id(person), "", "", "true", _user_id(person), snils, name.given, name.family, name.middle, agents]


def _role_rows(school: School) -> Iterable[list[str]]:
    held: dict[tuple[str, str], None] = {}
    for teacher in school.staff:
        held[_user_id(teacher), _ROLES.get(teacher.position.split()[0], "teacher")] = None
    for pupil in school.pupils:
        held[_user_id(pupil), "student"] = None
        held.update(((_user_id(guardian), "parent"), None) for guardian in pupil.guardians)
    for number, (user, role) in enumerate(held):
        yield [f"r{number}", "", "", user, "primary", role, "", "", f"org-{school.ogrn}"]


def _class_rows(school: School) -> Iterable[list[str]]:
    org = f"org-{school.ogrn}"
    for group in school.groups:
        yield [f"c-{group}", "", "", group, f"{grade_of(group):02d}", group, "homeroom", org, ""]
    for group, subject in school.teachings:
        yield [f"c-{group}-{subject}", "", "", f"{group} {subject}", f"{grade_of(group):02d}", group, "scheduled", org, subject]


def _enrollment_rows(school: School) -> Iterable[list[str]]:
    rows = [(f"c-{pupil.group}", _user_id(pupil), "student", "") for pupil in school.pupils]
    rows += [(f"c-{group}", _user_id(teacher), "teacher", "true") for group, teacher in school.homerooms.items()]
    for (group, subject), teachers in school.teachings.items():
        rows += [(f"c-{group}-{subject}", _user_id(teacher), "teacher", "true") for teacher in teachers]
    for number, (class_id, user, role, primary) in enumerate(rows):
        yield [f"e{number}", "", "", class_id, f"org-{school.ogrn}", user, role, primary]


def _dashed(snils: str) -> str:
    return f"{snils[:3]}-{snils[3:6]}-{snils[6:9]} {snils[9:]}"


def _book(sheets: dict[str, tuple[Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime(*_STAMP, tzinfo=UTC)})
        bold = book.add_format({"bold": True})
        for name, (head, rows) in sheets.items():
            page = book.add_worksheet(name)
            page.set_column(0, len(head), 24)
            page.freeze_panes(1, 0)
            page.write_row(0, 0, head, bold)
            for number, row in enumerate(rows, 1):
                page.write_row(number, 0, row)
    return target.getvalue()


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()


def _archive(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
