"""Timetable files: a verdict per row, clear sentences for whole files, nothing half, no lesson with facts lost."""

import asyncio
import io
import struct
import zipfile
from uuid import UUID

import pytest
import xlsxwriter

from myschool_journal.testing import KOTOV, TIMETABLE, Desk, School, lesson_id
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_testing import Harness

HEAD = ["Класс", "Предмет", "Учитель", "День недели", "Урок", "Кабинет"]
ROW = ["7А", "Алгебра", "Соколова А. В.", "пн", 1, 214]


async def refusal(awaitable: object) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


def book(*rows: list[object], sheets: int = 1, far: tuple[int, int] | None = None, vba: bool = False) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        for number in range(sheets):
            page = made.add_worksheet(f"Лист{number}")
            for line, row in enumerate(rows if number == 0 else ()):
                page.write_row(line, 0, row)
            if far:
                page.write(*far, "x")
    content = target.getvalue()
    return with_entry(content, "xl/vbaProject.bin", b"macro") if vba else content


def with_entry(content: bytes, name: str, data: bytes) -> bytes:
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


def lying_bomb() -> bytes:
    """A sheet of 200 MB whose headers promise a kilobyte."""
    content = bytearray(with_entry(book(HEAD, ROW), "xl/worksheets/sheet9.xml", b"<sheetData>" + b" " * (200 << 20)))
    size = struct.pack("<I", (200 << 20) + 11)
    place = content.find(size)
    while place >= 0:
        content[place : place + 4] = struct.pack("<I", 1024)
        place = content.find(size, place)
    return bytes(content)


def without_places() -> bytes:
    source, target = zipfile.ZipFile(io.BytesIO(book(HEAD, ROW))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(name, data.replace(b' r="A1"', b"") if name.endswith("sheet1.xml") else data)
    return target.getvalue()


FILES = {
    "empty sheet": (book(), "пуст"),
    "only a head": (book(HEAD), "ни одной строки"),
    "another sheet": (book(["ФИО", "СНИЛС"], ["Иванов", "1"]), "нет столбцов"),
    "one column short": (book(["Класс", "Предмет", "День"], ["7А", "Алгебра", "пн"]), "«Урок»"),
    "no zip": (b"PK\x03\x04broken", "не читается как книга"),
    "another zip": (with_entry(b"", "a.csv", b"x"), "Нужна книга xlsx"),
    "an ods": (with_entry(b"", "content.xml", b"<x/>"), "Нужна книга xlsx"),
    "macros": (book(HEAD, ROW, vba=True), "макросами"),
    "a cell at the far corner": (book(HEAD, ROW, far=(1_048_575, 16_383)), "велик"),
    "a cell far to the right": (book(HEAD, ROW, far=(0, 60)), "велик"),
    "a cell far below": (book(HEAD, ROW, far=(30_000, 0)), "велик"),
    "cells without a place": (without_places(), "без адреса"),
    "bomb": (with_entry(book(HEAD, ROW), "xl/media/a.bin", b"0" * (70 << 20)), "велик"),
    "old xls": (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "xlsx или CSV"),
    "pdf": (b"%PDF-1.7 \x00", "xlsx или CSV"),
    "utf-16": ("Класс;Предмет".encode("utf-16"), "xlsx или CSV"),
    "neither encoding": (b"\x98\x98;\x98\n", "Кодировка"),
    "koi8": ("Класс;Предмет;День;Урок\n7А;Алгебра;пн;1\n".encode("koi8-r"), "нет столбцов"),
    "too many rows": ("Класс;Предмет;День;Урок\n" + "7А;Алгебра;пн;1\n" * 20_001, "Строк больше"),
    "open quote": ('Класс;Предмет;День;Урок\n"7А;' + "x" * 200_000, "CSV"),
}


async def test_timetable_when_file_is_bad_then_a_clear_sentence_and_nothing_changes(journal: Harness, school: School, desk: Desk) -> None:
    before = await journal.database.reads.fetchval("SELECT count(*) FROM lesson WHERE organisation_id = $1", UUID(school.id))
    for name, (content, sentence) in {**FILES, "lying bomb": (lying_bomb(), "")}.items():
        data = content.encode() if isinstance(content, str) else content
        error = await refusal(desk.upload("расписание.xlsx", data))
        assert (kind_of(error), error.reason) == (Kind.INVALID, "FILE_UNREADABLE"), name
        assert sentence in error.violations[0].message, (name, error.violations)
    assert kind_of(await refusal(desk.upload("a.csv", b""))) is Kind.INVALID
    assert kind_of(await refusal(desk.upload("a.csv", b"x" * (8 << 20) + b"x"))) is Kind.INVALID
    after = await journal.database.reads.fetchval("SELECT count(*) FROM lesson WHERE organisation_id = $1", UUID(school.id))
    assert (after, (await desk.page_of("Алгебра"))["gradebook"]["subject"]) == (before, "Алгебра")


BAD_ROWS = """8Ю;Алгебра;;пн;2;1
7А;Труд;;пн;2;1
7А;Алгебра;Иванов И. И.;пн;2;1
7А;Алгебра;;пн;2;1
7А;Алгебра;Соколова А. В.;вс;2;1
7А;Алгебра;Соколова А. В.;8;2;1
7А;Алгебра;Соколова А. В.;пн;9;1
7А;Алгебра;Соколова А. В.;пн;{nines};1
7А;Алгебра;Соколова А. В.;{nines};2;1
7А;Алгебра;Соколова А. В.;пн;-1;1
7А;Алгебра;Соколова А. В.;пн;2;{room}
=HYPERLINK("x");=1+1;@SUM(1);+1;=2;=cmd|x
7А;Алгебра;Соколова А. В.;пн;3;1
7а;алгебра;СОКОЛОВА АННА ВИКТОРОВНА;понедельник;3;2
""".format(nines="9" * 5000, room="к" * 41)
CODES = [
    {"GROUP_UNKNOWN"},
    {"SUBJECT_NOT_TAUGHT"},
    {"TEACHER_UNKNOWN"},
    {"TEACHER_MISSING"},
    {"WEEKDAY_UNKNOWN"},
    {"WEEKDAY_UNKNOWN"},
    {"NO_SUCH_BELL"},
    {"NO_SUCH_BELL"},
    {"WEEKDAY_UNKNOWN"},
    {"NO_SUCH_BELL"},
    {"ROOM_TOO_LONG"},
    {"GROUP_UNKNOWN", "WEEKDAY_UNKNOWN", "NO_SUCH_BELL"},
    {"SLOT_REPEATED"},
]


async def test_timetable_when_rows_are_bad_then_a_verdict_each_with_code_and_words_and_nothing_is_laid(
    journal: Harness, school: School, desk: Desk
) -> None:
    query = "SELECT count(*), min(id::text), max(id::text) FROM lesson WHERE organisation_id = $1"
    before = await journal.database.reads.fetchrow(query, UUID(school.id))
    body = await desk.lay(BAD_ROWS)
    assert (body["applied"], body["counts"]["rows"], body["counts"]["invalid"]) == (False, 14, 13)
    assert [{error["code"] for error in row["errors"]} for row in body["rows"][:13]] == CODES
    assert all(any("а" <= sign <= "я" for sign in error["message"]) for row in body["rows"] for error in row["errors"])
    assert "строке 14" in body["rows"][12]["errors"][0]["message"]
    assert len(str(body)) < 20_000  # a cell of five thousand digits is not repeated in full
    assert await journal.database.reads.fetchrow(query, UUID(school.id)) == before
    many = await desk.lay("8Ю;Алгебра;;пн;2;1\n" * 3000)
    assert (len(many["rows"]), many["counts"]["invalid"]) == (500, 3000)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
async def test_timetable_when_csv_is_written_otherwise_then_read_the_same(desk: Desk, encoding: str, delimiter: str) -> None:
    text = "Каб.;Номер урока;День;Преподаватель;ПРЕДМЕТ;класс\r\n 214 ;1;Понедельник;соколова  а. в.;Алгебра; 7 «А» \r\n;;;;;\r\n"
    body = await desk.upload("расписание.csv", text.replace(";", delimiter).encode(encoding))
    assert (body["applied"], body["counts"]) == (True, {"rows": 1, "create": 0, "update": 0, "unchanged": 1, "invalid": 0})


async def test_timetable_when_xlsx_has_numbers_formulas_and_merged_cells_then_read(desk: Desk) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        page = made.add_worksheet()
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ["7А", "Алгебра", "Соколова А. В.", "пн", 1.0])
        page.write_formula(1, 5, "=200+14", None, 214)
        page.merge_range(4, 0, 5, 0, "7А")
        page.write_row(4, 1, ["Алгебра", "Соколова А. В.", "вт", 3, "214 "])
        page.write_row(5, 1, ["Алгебра", "Соколова А. В.", "чт", 2, 214])
    body = await desk.upload("расписание.xlsx", target.getvalue())
    # The second row of a merged cell is empty by the format: it gets its own verdict and nothing is laid half.
    assert (body["applied"], body["counts"]["unchanged"]) == (False, 2)
    assert [(row["line"], row["errors"][0]["code"]) for row in body["rows"] if row["action"] == "INVALID"] == [(6, "GROUP_UNKNOWN")]


async def test_timetable_when_imported_at_once_then_one_after_the_other(journal: Harness, school: School, desk: Desk) -> None:
    other = TIMETABLE.replace("7А;Алгебра;Соколова А. В.;чт;2;214", "7А;Алгебра;Соколова А. В.;ср;2;214")
    bodies = await asyncio.gather(*[desk.lay((TIMETABLE, other)[number % 2]) for number in range(6)])
    assert all(body["applied"] for body in bodies)
    query = "SELECT DISTINCT extract(isodow FROM day)::int AS weekday FROM lesson WHERE group_id = $1 AND NOT off_timetable"
    weekdays = {row["weekday"] for row in await journal.database.reads.fetch(query, UUID(school.a.id))}
    assert weekdays in ({1, 2, 4}, {1, 2, 3})


async def test_timetable_when_imported_anew_then_every_fact_stays(journal: Harness, school: School, desk: Desk) -> None:
    monday, tuesday, thursday = [
        await lesson_id(journal.database, school.a, "Алгебра", day) for day in ("2026-11-23", "2026-11-24", "2026-11-26")
    ]
    student = school.a.first
    await desk.mark(monday, student, "4")
    await desk.presence(tuesday, student, "ILL")
    await desk.describe(thursday, "Дроби")
    history = await lesson_id(journal.database, school.a, "История", "2026-11-24")
    await desk.assign(history, "§ 3", who=KOTOV)
    await desk.lay("7Б;Алгебра;;пт;1;214\n")
    await desk.lay(TIMETABLE.replace(";1;214", ";4;214").replace(";3;214", ";6;214"))
    reads = journal.database.reads
    assert await reads.fetchval("SELECT value FROM mark WHERE lesson_id = $1 AND student_id = $2", UUID(monday), UUID(student)) == 4
    assert await reads.fetchval("SELECT status FROM attendance WHERE lesson_id = $1", UUID(tuesday)) == 5
    assert await reads.fetchval("SELECT topic FROM lesson WHERE id = $1", UUID(thursday)) == "Дроби"
    assert await reads.fetchval("SELECT text FROM homework WHERE lesson_id = $1 AND present", UUID(history)) == "§ 3"
    assert "Дроби" not in str(await desk.week(student, school.token("GUARDIAN", person_id=school.guardian), "2026-11-30"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holidays", ["2027-02-29"]),
        ("first_day", "2025-09-01"),
        ("first_day", "2026-11-31"),
        ("last_day", "2026-11-10"),
        ("last_day", "2026-08-30"),
        ("name", "2 четверть"),
        ("starts_at", "24:00"),
        ("ends_at", "08:00"),
        ("number", 2),
    ],
)
async def test_year_when_it_does_not_fit_together_then_told_and_the_old_one_stays(
    journal: Harness, school: School, desk: Desk, field: str, value: object
) -> None:
    year = school.year()
    if field == "holidays":
        year.holidays[:] = value
    else:
        setattr(year.bells[0] if field in ("starts_at", "ends_at", "number") else year.periods[0], field, value)
    assert kind_of(await refusal(desk.set_up(year))) is Kind.INVALID
    kept = await journal.database.reads.fetchval("SELECT count(*) FROM period WHERE organisation_id = $1", UUID(school.id))
    assert kept == 4
