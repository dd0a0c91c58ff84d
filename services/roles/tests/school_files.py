"""Sheets and archives of a little school, as an import gets them."""

import csv
import io
import zipfile

import xlsxwriter


def snils_of(number: int) -> str:
    """A СНИЛС with a right control number."""
    digits = f"{number:09d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{total % 101 % 100:02d}"


def a_book(**sheets: list[list[object]]) -> bytes:
    """An xlsx book."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return target.getvalue()


STAFF_HEAD = ["ФИО", "СНИЛС", "Дата рождения", "Должность"]
STUDENT_HEAD = ["ФИО", "Дата рождения", "СНИЛС", "Класс"]
GUARDIAN_HEAD = ["ФИО", "СНИЛС", "Телефон", "Ребёнок", "Класс ребёнка", "СНИЛС ребёнка"]


def sheets() -> dict[str, list[list[object]]]:
    """A little school: two classes, two teachers, three students, two guardians."""
    return {
        "Классы": [["Класс", "Параллель", "Классный руководитель"], ["7А", 7, "Соколова Анна Викторовна"], ["4а", "", ""]],
        "Сотрудники": [
            STAFF_HEAD,
            ["Соколова Анна Викторовна", "000-001-001 05", "14.05.1984", "Учитель математики"],
            ["Морозова Елена Павловна", "000-001-002 06", "02.11.1979", "учитель"],
            ["Мудрова Ирина Олеговна", snils_of(2_000_001), "02.11.1969", "Заместитель директора по УВР"],
        ],
        "Ученики": [
            STUDENT_HEAD,
            ["Белов Тимур Андреевич", "03.04.2013", "000-001-004 08", "7А"],
            ["Белова Ева Андреевна", "11.07.2016", "000-001-103 10", "4А"],
            ["Фёдоров Роман Ильич", "2013-02-01", "", "7А"],
        ],
        "Родители": [
            GUARDIAN_HEAD,
            ["Белова Ольга Сергеевна", "000-001-003 07", "+7 900 000-00-03", "Белов Тимур Андреевич", "7А", ""],
            ["Белова Ольга Сергеевна", "000-001-003 07", "", "", "", "000-001-103 10"],
            ["Фёдоров Илья Петрович", snils_of(2_000_002), "", "Федоров Роман Ильич", "7 «А»", ""],
        ],
        "Нагрузка": [
            ["Класс", "Предмет", "Учитель"],
            ["7А", "Алгебра", "Соколова Анна Викторовна"],
            ["7А", "Алгебра", "Морозова Елена Павловна"],
            ["4А", "Математика", "000-001-002 06"],
        ],
    }


def roster_files() -> dict[str, list[list[str]]]:
    """A OneRoster 1.2 archive of a school with one class."""
    return {
        "manifest.csv": [["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", "1.2"], ["file.users", "bulk"]],
        "orgs.csv": [
            ["sourcedId", "status", "dateLastModified", "name", "type", "identifier"],
            ["o1", "", "", "Школа № 5", "school", "1020000000005"],
        ],
        "users.csv": [
            [
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
            ],
            ["u1", "", "", "true", "u1", "{SNILS:00000101511}", "Ольга", "Никитина", "Романовна", ""],
            ["u2", "", "", "true", "u2", "", "Алиса", "Фёдорова", "Максимовна", "u3"],
            ["u3", "", "", "true", "u3", "{SNILS:00000101410}", "Максим", "Фёдоров", "Петрович", ""],
        ],
        "demographics.csv": [["sourcedId", "status", "dateLastModified", "birthDate"], ["u2", "", "", "2013-05-30"]],
        "roles.csv": [
            ["sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "orgSourcedId"],
            ["r1", "", "", "u1", "primary", "teacher", "o1"],
            ["r2", "", "", "u2", "primary", "student", "o1"],
            ["r3", "", "", "u3", "primary", "parent", "o1"],
        ],
        "classes.csv": [
            ["sourcedId", "status", "dateLastModified", "title", "grades", "classCode", "classType", "schoolSourcedId", "subjects"],
            ["c1", "", "", "7А", "07", "7А", "homeroom", "o1", ""],
            ["c2", "", "", "7А Алгебра", "07", "7А", "scheduled", "o1", "Алгебра"],
        ],
        "enrollments.csv": [
            [
                "sourcedId",
                "status",
                "dateLastModified",
                "classSourcedId",
                "schoolSourcedId",
                "userSourcedId",
                "role",
                "primary",
                "beginDate",
            ],
            ["e1", "", "", "c1", "o1", "u2", "student", "", "2026-09-01"],
            ["e2", "", "", "c1", "o1", "u1", "teacher", "true", ""],
            ["e3", "", "", "c2", "o1", "u1", "teacher", "true", ""],
        ],
    }


def a_zip(files: dict[str, list[list[str]]]) -> bytes:
    """Csv files in an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            archive.writestr(name, text.getvalue())
    return target.getvalue()
