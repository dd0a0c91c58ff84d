"""Import of a school: verdicts, whole or nothing, again without change, wrong files."""

import io
import time
import zipfile

import pytest

from myschool.roles.events.v1 import roles_events_pb2 as ev
from myschool.roles.v1 import roles_pb2 as pb
from myschool_kit.errors import Kind, RemoteError


def texts(refused: RemoteError) -> str:
    return " ".join(violation.message for violation in refused.violations)


async def test_preview_when_book_is_new_then_all_rows_are_created_and_nothing_is_stored(world, build):
    school = await world.school()
    preview = await world.upload(school, build.book(**build.sheets()))
    assert preview["status"] == "PREVIEW"
    assert preview["counts"] == {"rows": 14, "create": 14, "update": 0, "unchanged": 0, "invalid": 0}
    assert {row["kind"] for row in preview["rows"]} == {"GROUP", "STAFF", "STUDENT", "GUARDIAN", "TEACHING"}
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM person") == 0
    sealed = await world.harness.database.reads.fetchval("SELECT sealed FROM import")
    assert "Белов".encode() not in sealed
    assert b"00000100408" not in sealed


async def test_confirm_when_book_is_good_then_people_roles_and_events_are_there(world, build):
    school = await world.school()
    done = await world.load(school, build.book(**build.sheets()))
    assert done["status"] == "DONE"
    timur = build.person_id("00000100408")
    enrolled = await world.events(ev.StudentEnrolled)
    assert {event.full_name for event in enrolled} == {"Белов Тимур Андреевич", "Белова Ева Андреевна", "Фёдоров Роман Ильич"}
    assert {event.from_day[5:] for event in enrolled} == {"09-01"}
    assert {(event.name, event.grade) for event in await world.events(ev.StudentGroupFormed)} == {("7А", 7), ("4А", 4)}
    assert {event.teacher_name for event in await world.events(ev.HomeroomAssigned)} == {"Соколова Анна Викторовна"}
    assert len(await world.events(ev.TeachingAssigned)) == 3
    guardians = await world.events(ev.GuardianshipEstablished)
    assert {event.guardian_name for event in guardians if event.student_id == timur} == {"Белова Ольга Сергеевна"}
    assert {event.role_type for event in await world.events(ev.StructuralRoleChanged)} == {"TEACHER", "DEPUTY_HEAD", "STUDENT", "GUARDIAN"}
    keys = {(row["topic"], row["key"]) for row in await world.harness.outbox()}
    assert ("roles.guardianships", timur) in keys
    whoami = await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=build.person_id("00000100307"))
    [role] = whoami["roles"]
    assert [child["full_name"] for child in role["children"]] == ["Белов Тимур Андреевич", "Белова Ева Андреевна"]
    teacher = await world.json("WhoAmI", pb.WhoAmIRequest(), "PERSON", person_id=build.person_id("00000100105"))
    assert teacher["roles"][0]["groups"][0] | {"id": ""} == {"id": "", "name": "7А", "homeroom": True, "subjects": ["Алгебра"]}


async def test_import_when_repeated_then_every_row_is_unchanged_and_no_event_follows(world, build):
    school = await world.school()
    book = build.book(**build.sheets())
    await world.load(school, book)
    before = len(await world.harness.outbox())
    again = await world.load(school, book)
    assert again["counts"] == {"rows": 14, "create": 0, "update": 0, "unchanged": 14, "invalid": 0}
    assert len(await world.harness.outbox()) == before


async def test_import_when_student_moves_then_old_place_ends_and_new_begins(world, build):
    school = await world.school()
    sheets = build.sheets()
    await world.load(school, build.book(**sheets))
    sheets["Ученики"][1][3] = "4А"
    sheets["Родители"][1][4] = "4А"
    preview = await world.load(school, build.book(**sheets))
    assert preview["counts"]["update"] == 1
    [left] = await world.events(ev.StudentLeft)
    assert left.student_id == build.person_id("00000100408")
    live = await world.harness.database.reads.fetch("SELECT 1 FROM enrolment WHERE student_id = $1 AND last_day IS NULL", left.student_id)
    assert len(live) == 1


async def test_import_when_name_and_teacher_change_then_others_are_told(world, build):
    school = await world.school()
    sheets = build.sheets()
    await world.load(school, build.book(**sheets))
    seen = len(await world.events(ev.StudentEnrolled))
    sheets["Ученики"][1][0] = "Белов-Иванов Тимур Андреевич"
    sheets["Родители"][1][3] = "Белов-Иванов Тимур Андреевич"
    del sheets["Нагрузка"][2]
    again = await world.load(school, build.book(**sheets))
    assert again["counts"]["update"] == 2
    assert [event.full_name for event in (await world.events(ev.StudentEnrolled))[seen:]] == ["Белов-Иванов Тимур Андреевич"]
    [ended] = await world.events(ev.TeachingEnded)
    assert ended.teacher_id == build.person_id("00000100206")


async def test_confirm_when_a_row_is_invalid_then_nothing_is_imported(world, build):
    school = await world.school()
    sheets = build.sheets()
    sheets["Ученики"] += [
        ["Иванов", "01.01.2013", "", "7А"],
        ["Петров Пётр", "31.02.2013", "", "7А"],
        ["Сидоров Иван", "01.01.2013", "112-233-445 96", "7А"],
        ["Кузин Олег", "01.01.2013", "", "8Ю"],
        ["=CMD()", "01.01.2013", "", "7А"],
        ["Белов Тимур Андреевич", "03.04.2013", "00000100408", "4А"],
        ["Чужой Человек", "03.04.2013", "00000100408", "4А"],
    ]
    sheets["Сотрудники"].append(["Уборкин Иван", "", "", "уборщик"])
    sheets["Родители"].append(["Никто Иван", build.snils(2_000_003), "", "Нет Такого", "7А", ""])
    sheets["Нагрузка"].append(["7А", "Физика", "Нет Такого"])
    preview = await world.upload(school, build.book(**sheets))
    assert preview["counts"]["invalid"] == 10
    assert [row["action"] for row in preview["rows"][:10]] == ["INVALID"] * 10
    fields = {(row["label"], error["field"]) for row in preview["rows"] for error in row["errors"]}
    assert ("Петров Пётр", "Дата рождения") in fields
    assert ("Сидоров Иван", "СНИЛС") in fields
    assert ("Кузин Олег", "Класс") in fields
    with pytest.raises(RemoteError) as refused:
        await world.call("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]))
    assert (refused.value.reason, refused.value.params) == ("IMPORT_HAS_ERRORS", {"invalid": "10"})
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM person") == 0
    assert len(await world.harness.outbox()) == 1


async def test_confirm_when_identity_is_away_then_nothing_is_imported_and_later_it_works(world, build):
    school = await world.school()
    preview = await world.upload(school, build.book(**build.sheets()))
    world.identity.failing = True
    with pytest.raises(RemoteError) as refused:
        await world.call("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]))
    assert refused.value.remote_kind is Kind.UNAVAILABLE
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM student_group") == 0
    world.identity.failing = False
    done = await world.json("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]))
    assert done["status"] == "DONE"
    again = await world.json("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"]))
    assert again == done
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM enrolment") == 3


async def test_import_when_csv_in_windows_1251_then_it_is_read(world, build):
    school = await world.school()
    await world.load(school, build.book(**build.sheets()))
    text = "ФИО;Дата рождения;СНИЛС;Класс\r\nНовиков Пётр Ильич;05.05.2013;;7а\r\n"
    for encoded in (text.encode("cp1251"), text.encode("utf-8-sig"), text.replace(";", ",").encode()):
        done = await world.load(school, encoded)
    assert done["counts"] == {"rows": 1, "create": 0, "update": 0, "unchanged": 1, "invalid": 0}


async def test_import_when_oneroster_then_class_teacher_and_guardian_are_there(world, build):
    school = await world.school("1020000000005")
    archive = build.zip(build.roster_files())
    done = await world.load(school, archive, "ONEROSTER")
    assert done["counts"]["create"] == 5
    assert (await world.load(school, archive, "ONEROSTER"))["counts"]["unchanged"] == 5
    [teaching] = await world.events(ev.TeachingAssigned)
    assert (teaching.subject, teaching.teacher_name) == ("Алгебра", "Никитина Ольга Романовна")
    [homeroom] = await world.events(ev.HomeroomAssigned)
    assert homeroom.teacher_id == build.person_id("00000101511")
    [guardianship] = await world.events(ev.GuardianshipEstablished)
    assert guardianship.guardian_name == "Фёдоров Максим Петрович"


async def test_import_when_oneroster_is_of_another_school_or_partial_then_refused(world, build):
    school = await world.school("1020000000012")
    files = build.roster_files()
    partial = files | {"manifest.csv": [*files["manifest.csv"], ["file.enrollments", "delta"]]}
    old = files | {"manifest.csv": [["propertyName", "value"], ["oneroster.version", "1.1"]]}
    missing = {name: rows for name, rows in files.items() if name != "users.csv"}
    for content, message in ((files, "другой организации"), (partial, "bulk"), (old, "1.2"), (missing, "users.csv"), ({}, "manifest")):
        with pytest.raises(RemoteError) as refused:
            await world.upload(school, build.zip(content), "ONEROSTER")
        assert message in texts(refused.value)


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (100 * 1024 * 1024))
    return target.getvalue()


def _climbing() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/passwd", b"x")
    return target.getvalue()


async def test_preview_when_file_is_bad_then_a_clear_sentence(world, build):
    school = await world.school()
    sheets = build.sheets()
    without_sheet = build.book(**{name: rows for name, rows in sheets.items() if name != "Ученики"})
    without_column = build.book(**(sheets | {"Ученики": [["ФИО", "Класс"]]}))
    empty = build.book(**(sheets | {"Классы": []}))
    long = build.book(**(sheets | {"Ученики": [build.student_head, *([["Иванов Иван", "01.01.2013", "", "7А"]] * 20_200)]}))
    cases = [
        (without_sheet, "Ученики"),
        (without_column, "Дата рождения"),
        (empty, "названиями столбцов"),
        (long, "велик"),
        (_bomb(), "велик"),
        (_climbing(), "недопустимые имена"),
        (b"PK\x03\x04broken", "архив"),
        (b"\xd0\xcf\x11\xe0old", "xlsx"),
        (b"\x00\x01\x02", "двоичные"),
        (b"%PDF-1.7 something", "нет столбца"),
        (build.zip({"a.csv": [["x"]]}), "книга xlsx"),
    ]
    for content, message in cases:
        with pytest.raises(RemoteError) as refused:
            await world.upload(school, content)
        assert refused.value.reason == "IMPORT_FILE_UNREADABLE", message
        assert message in texts(refused.value)
    assert await world.harness.database.reads.fetchval("SELECT count(*) FROM import") == 0


async def test_import_when_of_another_school_or_region_then_not_found(world, build):
    school, other = await world.school(), await world.school("1020000000005")
    preview = await world.upload(school, build.book(**build.sheets()), role="HEAD", organisation_id=school)
    strangers = [("HEAD", {"organisation_id": other}), ("REGIONAL_COORDINATOR", {"region_code": "77"}), ("HEAD", {})]
    for role, place in strangers:
        for name, request in (
            ("GetImport", pb.GetImportRequest(import_id=preview["id"])),
            ("ConfirmImport", pb.ConfirmImportRequest(import_id=preview["id"])),
            ("PreviewImport", pb.PreviewImportRequest(organisation_id=school, format=1, file_name="x", content=b"x")),
        ):
            with pytest.raises(RemoteError) as refused:
                await world.call(name, request, role, **place)
            assert refused.value.remote_kind is Kind.NOT_FOUND
    with pytest.raises(RemoteError) as refused:
        await world.call("GetImport", pb.GetImportRequest(import_id=preview["id"]), "TEACHER", organisation_id=school)
    assert refused.value.remote_kind is Kind.FORBIDDEN
    page = await world.json(
        "GetImport", pb.GetImportRequest(import_id=preview["id"], page_size=5), "REGIONAL_COORDINATOR", region_code="99"
    )
    assert len(page["rows"]) == 5
    rest = pb.GetImportRequest(import_id=preview["id"], page_size=50, page_token=page["next_page_token"])
    assert len((await world.json("GetImport", rest, "HEAD", organisation_id=school))["rows"]) == 9


async def test_import_when_it_would_raise_its_author_then_refused(world, build):
    school = await world.school()
    sheets = build.sheets()
    sheets["Сотрудники"].append(["Хитров Пётр Ильич", build.snils(2_000_009), "", "Директор"])
    by_head = await world.upload(school, build.book(**sheets), role="HEAD", organisation_id=school)
    assert [row["label"] for row in by_head["rows"] if row["action"] == "INVALID"] == ["Хитров Пётр Ильич"]
    by_deputy = await world.upload(school, build.book(**sheets), role="DEPUTY_HEAD", organisation_id=school)
    assert by_deputy["counts"]["invalid"] == 2


async def test_confirm_when_school_is_big_then_under_ten_seconds(world, build):
    school = await world.school()
    groups = [f"{grade}{letter}" for grade in range(1, 11) for letter in "АБВ"]
    letters = "АБВГДЕЖЗИК"
    name = "".join
    sheets = {
        "Классы": [["Класс"], *([group] for group in groups)],
        "Сотрудники": [
            ["ФИО", "СНИЛС", "Должность"],
            *([f"Учитель{name(letters[int(d)] for d in str(n))} Иван", build.snils(3_000_000 + n), "учитель"] for n in range(60)),
        ],
        "Ученики": [
            ["ФИО", "Дата рождения", "СНИЛС", "Класс"],
            *(
                [f"Ученик{name(letters[int(d)] for d in str(n))} Иван", "01.02.2013", build.snils(4_000_000 + n), groups[n % 30]]
                for n in range(800)
            ),
        ],
        "Родители": [
            ["ФИО", "СНИЛС", "СНИЛС ребёнка"],
            *(
                [f"Мама{name(letters[int(d)] for d in str(n))} Анна", build.snils(5_000_000 + n), build.snils(4_000_000 + n % 800)]
                for n in range(1200)
            ),
        ],
        "Нагрузка": [
            ["Класс", "Предмет", "Учитель"],
            *(
                [group, f"Предмет {n}", build.snils(3_000_000 + (n * 7 + number) % 60)]
                for number, group in enumerate(groups)
                for n in range(15)
            ),
        ],
    }
    started = time.perf_counter()
    done = await world.load(school, build.book(**sheets))
    seconds = time.perf_counter() - started
    assert done["counts"]["create"] == 30 + 60 + 800 + 1200 + 450
    assert seconds < 10
