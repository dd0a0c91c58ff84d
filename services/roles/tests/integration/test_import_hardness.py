"""Imports of what schools really send: every row gets its verdict, nothing is imported half, twice or otherwise than shown."""

import asyncio
import io
import zipfile
from datetime import timedelta

import pytest
import xlsxwriter

from myschool.roles.v1 import roles_pb2 as pb
from myschool_kit import clock
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_kit.page import encode_token


async def refusal(awaitable: object) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await awaitable
    return refused.value


def confirm(world, preview: dict, **values: str):
    return world.json("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]), **values)


def verdicts(preview: dict) -> dict[str, tuple[str, str]]:
    """(field, words) of the first error by label."""
    return {row["label"]: (row["errors"][0]["field"], row["errors"][0]["message"]) for row in preview["rows"] if row["errors"]}


async def count(world, table: str) -> int:
    return await world.harness.database.reads.fetchval(f"SELECT count(*) FROM {table}")


async def test_preview_when_students_are_written_badly_then_a_verdict_each_in_words(world, build):
    school = await world.school()
    sheets = build.sheets()
    sheets["Ученики"] += [
        ["Ивaнов Пётр", "01.01.2013", "", "7А"],  # a Latin «a»
        ["CEPOB Иван", "01.01.2013", "", "7А"],  # Latin letters only in the family name
        ["Число Иван", 41523, "", "7А"],
        ["Годов Иван", "2013", "", "7А"],
        ["Хвостов Иван", "01.01.2013xx", "", "7А"],
        ["Будущий Иван", "01.01.2050", "", "7А"],
        ["Високосный Иван", "29.02.2013", "", "7А"],
        ["Короткий Иван", "01.01.2013", "123", "7А"],
        ["Формулин Иван", "01.01.2013", "=1+1", "7А"],
        ["Двойник Иван", "01.01.2013", "", "7А"],
        ["двойник  ИВАН", "01.01.2013", "", "7а"],
        ["Длинный " + "Я" * 200, "01.01.2013", "", "7А"],
        ["<script>alert(1)</script> Иван", "01.01.2013", "", "7А"],
        ["", "01.01.2013", "", "7А"],
        ["Бескласса Иван", "01.01.2013", "", ""],
    ]
    preview = await world.upload(school, build.book(**sheets))
    found = verdicts(preview)
    assert (preview["counts"]["invalid"], len(found)) == (14, 14)
    expected = {
        "Ивaнов Пётр": ("ФИО", "латинские"),
        "CEPOB Иван": ("ФИО", "латинские"),
        "Число Иван": ("Дата рождения", "число, а не дата"),
        "Годов Иван": ("Дата рождения", "число, а не дата"),
        "Хвостов Иван": ("Дата рождения", "не читается"),
        "Будущий Иван": ("Дата рождения", "вне допустимых"),
        "Високосный Иван": ("Дата рождения", "не читается"),
        "Короткий Иван": ("СНИЛС", "11 цифр"),
        "Формулин Иван": ("СНИЛС", "11 цифр"),
        "двойник ИВАН": ("", "Повторяет строку"),
        "": ("ФИО", "фамилия и имя"),
        "Бескласса Иван": ("Класс", "не читается"),
    }
    for label, (field, words) in expected.items():
        shown = next(entry for name, entry in found.items() if " ".join(name.split()) == label)
        assert shown[0] == field, (label, shown)
        assert words in shown[1], (label, shown)
    assert (await refusal(confirm(world, preview))).reason == "IMPORT_HAS_ERRORS"
    assert await count(world, "person") == 0


async def test_preview_when_cells_carry_rubbish_around_the_text_then_read_as_people_see_it(world, build):
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        for name, rows in build.sheets().items():
            page = made.add_worksheet(name)
            for line, row in enumerate(rows):
                for column, cell in enumerate(row):
                    text = f"\u200b {cell}\u00a0 \ufeff".replace("й", "и\u0306") if isinstance(cell, str) and cell else cell
                    page.write(line * 2, column, text)  # an empty line after each
        day = made.add_format({"num_format": "dd.mm.yyyy"})
        page = made.get_worksheet_by_name("Ученики")
        page.write_datetime(
            2, 1, clock.now().replace(tzinfo=None, year=2013, month=4, day=3, hour=0, minute=0, second=0, microsecond=0), day
        )
        page.write_formula(4, 3, '="4"&"А"', None, "4А")
    preview = await world.upload(school, target.getvalue())
    assert preview["counts"] == {"rows": 14, "create": 0, "update": 0, "unchanged": 14, "invalid": 0}


async def test_preview_when_file_would_hurt_then_a_clear_sentence_and_the_service_lives(world, build):
    school = await world.school()

    def far(line: int, column: int) -> bytes:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
            made.add_worksheet("Классы").write(line, column, "x")
        return target.getvalue()

    def added(name: str, data: bytes) -> bytes:
        target = io.BytesIO(build.book(**build.sheets()))
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return target.getvalue()

    broken = bytearray(build.book(**build.sheets()))
    broken[60:90] = b"\xff" * 30
    cases = [
        (far(1_048_575, 16_383), "велик"),
        (far(0, 60), "велик"),
        (far(30_000, 0), "велик"),
        (added("xl/vbaProject.bin", b"x"), "макросами"),
        (added("xl/media/1.png", b"0" * (65 << 20)), "велик"),
        (bytes(broken), "повреждён"),
        ("ФИО;Дата рождения;Класс\n".encode() + "Иванов Иван;01.01.2013;7А\n".encode() * 100_000, "больше 20000 строк"),
        ("ФИО;Дата рождения;Класс\n".encode("utf-16"), "двоичные"),
        ("ФИО;Дата рождения;Класс\n".encode("koi8-r"), "нет столбца"),
        ("ФИО;ФИО;Дата рождения;Класс\nа;б;в;г\n".encode(), "повторяются"),
    ]
    for content, words in cases:
        error = await refusal(world.upload(school, content))
        assert (error.reason, words in " ".join(one.message for one in error.violations)) == ("IMPORT_FILE_UNREADABLE", True), (
            words,
            error.violations,
        )


async def test_confirm_when_pressed_twice_at_once_then_one_effect_and_one_answer(world, build):
    school = await world.school()
    preview = await world.upload(school, build.book(**build.sheets()))
    answers = await asyncio.gather(*[confirm(world, preview) for _ in range(5)])
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["status"] == "DONE"
    assert (await count(world, "person"), await count(world, "enrolment"), await count(world, "guardianship")) == (8, 3, 3)
    enrolled = [row for row in await world.harness.outbox() if row["type"].endswith("StudentEnrolled")]
    assert len(enrolled) == 3


async def test_confirm_when_school_changed_after_the_preview_then_refused_and_nothing_changes(world, build):
    school = await world.school()
    book = build.book(**build.sheets())
    first, second = await world.upload(school, book), await world.upload(school, book)
    outcomes = await asyncio.gather(confirm(world, first), confirm(world, second), return_exceptions=True)
    [error] = [item for item in outcomes if isinstance(item, RemoteError)]
    assert (kind_of(error), error.reason) == (Kind.STALE, "IMPORT_CHANGED")
    assert await count(world, "enrolment") == 3
    # Also when only what the file leaves out has changed: a teacher who would lose the class now came after the preview.
    sheets = build.sheets()
    del sheets["Нагрузка"][2]
    preview = await world.upload(school, build.book(**sheets))
    sheets["Нагрузка"].append(["7А", "Алгебра", "Мудрова Ирина Олеговна"])
    await world.load(school, build.book(**sheets))
    assert (await refusal(confirm(world, preview))).reason == "IMPORT_CHANGED"


async def test_preview_when_a_day_has_passed_then_expired_and_its_people_are_forgotten(world, build, monkeypatch):
    school = await world.school()
    preview = await world.upload(school, build.book(**build.sheets()))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=23))
    assert (await world.json("GetImport", pb.GetImportRequest(import_id=preview["id"])))["status"] == "PREVIEW"
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=25))
    for attempt in (confirm(world, preview), world.json("GetImport", pb.GetImportRequest(import_id=preview["id"]))):
        error = await refusal(attempt)
        assert (kind_of(error), error.reason) == (Kind.RULE_BROKEN, "IMPORT_EXPIRED")
    fresh = await world.upload(school, build.book(**build.sheets()))
    rows = await world.harness.database.reads.fetch("SELECT id::text, status, length(sealed) AS size FROM import ORDER BY created_at")
    assert [(row["id"], row["status"], row["size"] > 0) for row in rows] == [
        (preview["id"], "EXPIRED", False),
        (fresh["id"], "PREVIEW", True),
    ]
    assert (await refusal(confirm(world, preview))).reason == "IMPORT_EXPIRED"
    assert (await confirm(world, fresh))["status"] == "DONE"


async def test_import_pages_when_token_is_forged_then_told(world, build):
    school = await world.school()
    preview = await world.upload(school, build.book(**build.sheets()))
    for position in ([], [-1], ["x"], [1, 2], [None]):
        request = pb.GetImportRequest(import_id=preview["id"], page_token=encode_token(position, preview["id"]))
        assert kind_of(await refusal(world.json("GetImport", request))) is Kind.INVALID
    for position in ([], ["x"], ["x", "y"], [1, None]):
        request = pb.ListOrganisationsRequest(page_token=encode_token(position, "%%"))
        assert kind_of(await refusal(world.json("ListOrganisations", request, "REGIONAL_COORDINATOR", region_code="99"))) is Kind.INVALID


async def test_oneroster_when_references_are_orphaned_or_rows_are_bad_then_a_verdict_each(world, build):
    school = await world.school("1020000000005")
    files = build.roster_files()
    files["users.csv"] += [
        ["u2", "", "", "true", "again", "", "Другая", "Фёдорова", "", ""],
        ["", "", "", "true", "nobody", "", "Без", "Номера", "", ""],
        ["u4", "", "", "true", "u4", "{SNILS:123}", "Иван", "Короткий", "", "u99"],
        ["u5", "tobedeleted", "", "true", "u5", "", "Иван", "Удалённый", "", ""],
        ["u6"],
    ]
    files["roles.csv"] += [
        ["r4", "", "", "u4", "primary", "student", "o1"],
        ["r5", "", "", "u77", "primary", "teacher", "o1"],
        ["r6", "", "", "u1", "secondary", "janitor", "o1"],
        ["r7", "tobedeleted", "", "u78", "primary", "teacher", "o1"],
    ]
    files["classes.csv"] += [
        ["c3", "tobedeleted", "", "8А", "08", "8А", "homeroom", "o1", ""],
        ["c4", "", "", "не класс", "", "", "homeroom", "o1", ""],
    ]
    files["enrollments.csv"] += [
        ["e4", "", "", "c1", "o1", "u4", "student", "", "2026-09-01"],
        ["e5", "", "", "c1", "o1", "u5", "student", "", "2026-09-01"],
        ["e6", "", "", "c55", "o1", "u2", "student", "", "2026-09-01"],
        ["e7", "", "", "c3", "o1", "u2", "student", "", "2026-09-01"],
        ["e8", "tobedeleted", "", "c55", "o1", "u2", "student", "", ""],
        ["e9", "", "", "c1", "o1", "u2", "student", "", "31.02.2026"],
    ]
    preview = await world.upload(school, build.zip(files), "ONEROSTER")
    found = sorted((row["sheet"], row["line"], error["field"]) for row in preview["rows"] for error in row["errors"])
    assert found == [
        ("classes.csv", 5, "title"),
        ("enrollments.csv", 5, "userIds"),
        ("enrollments.csv", 6, "userSourcedId"),
        ("enrollments.csv", 7, "classSourcedId"),
        ("enrollments.csv", 10, "beginDate"),
        ("roles.csv", 6, "userSourcedId"),
        ("roles.csv", 7, "role"),
        ("users.csv", 5, "sourcedId"),
        ("users.csv", 6, "sourcedId"),
        ("users.csv", 7, "agentSourcedIds"),
    ]
    assert (await refusal(confirm(world, preview))).reason == "IMPORT_HAS_ERRORS"
    assert await count(world, "person") == 0


@pytest.mark.parametrize("gone", ["orgs", "users", "roles", "classes", "enrollments"])
async def test_oneroster_when_a_file_is_missing_or_empty_then_named(world, build, gone: str):
    school = await world.school("1020000000005")
    files = build.roster_files()
    missing = {name: rows for name, rows in files.items() if name != f"{gone}.csv"}
    error = await refusal(world.upload(school, build.zip(missing), "ONEROSTER"))
    assert f"{gone}.csv" in error.violations[0].message
    error = await refusal(world.upload(school, build.zip(files | {f"{gone}.csv": []}), "ONEROSTER"))
    assert f"{gone}.csv" in error.violations[0].message
    headless = [[f"x{cell}" for cell in files[f"{gone}.csv"][0]], *files[f"{gone}.csv"][1:]]
    error = await refusal(world.upload(school, build.zip(files | {f"{gone}.csv": headless}), "ONEROSTER"))
    assert error.reason == "IMPORT_FILE_UNREADABLE"
