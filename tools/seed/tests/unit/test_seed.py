"""The demo region is deterministic, whole and believable."""

from collections import Counter
from datetime import date, timedelta

import pytest

from myschool_seed import facts, files, library, region, school_year

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def full() -> region.Region:
    return region.build("full", TODAY)


def test_region_when_full_then_sizes_of_the_issue(full):
    school = full.school12
    assert (len(school.groups), len(school.pupils)) == (30, 800)
    assert sum(bool(teacher.subjects) for teacher in school.staff) == 60
    assert sum(pupil.group == "7А" for pupil in school.pupils) == 30
    assert (len(full.school5.groups), len(full.school5.pupils)) == (6, 150)


def test_region_when_built_twice_then_files_are_the_same(full):
    again = region.build("full", TODAY)
    assert files.school_book(full.school12) == files.school_book(again.school12)
    assert files.oneroster(full.school5) == files.oneroster(again.school5)
    assert library.items(3000) == library.items(3000)


def test_region_then_personas_are_where_they_belong(full):
    pupils = {pupil.full: pupil for pupil in full.school12.pupils}
    assert [guardian.full for guardian in pupils["Соколов Егор Дмитриевич"].guardians] == ["Соколова Анна Викторовна"]
    assert {pupils[name].group for name in ("Белов Тимур Андреевич", "Лебедева Ксения Павловна")} == {"7А"}
    assert pupils["Белова Ева Андреевна"].group == "4А"
    assert pupils["Волков Роман Сергеевич"].guardians[0].full == "Зайцева Татьяна Викторовна"
    school = full.school12
    assert school.head.full == "Орлов Игорь Николаевич"
    assert [teacher.full.split()[0] for teacher in school.teachings["7А", "Алгебра"]] == ["Соколова", "Морозова"]
    taught = {place for place, teachers in school.teachings.items() if teachers[0].full == "Соколова Анна Викторовна"}
    assert taught == {(group, "Алгебра") for group in ("7А", "7Б", "8А", "9В")}
    both = {teacher.snils for teacher in school.staff} & {teacher.snils for teacher in full.school5.staff}
    assert len(both) == 1


def test_people_then_one_snils_each_and_no_namesakes_in_a_school(full):
    for school in (full.school12, full.school5):
        assert len({pupil.full for pupil in school.pupils}) == len(school.pupils)
        assert len({teacher.full for teacher in school.staff}) == len(school.staff)
    people = [*full.school12.staff, *full.school12.pupils, *full.school5.pupils, *full.school5.staff]
    names: dict[str, str] = {}
    assert all(names.setdefault(person.snils, person.full) == person.full for person in people)


def test_timetable_then_nobody_is_in_two_places_and_every_hour_is_laid(full):
    for school in (full.school12, full.school5):
        assert max(Counter((slot.teacher, slot.weekday, slot.number) for slot in school.slots).values()) == 1
        assert max(Counter((slot.group, slot.weekday, slot.number) for slot in school.slots).values()) == 1
    wanted = sum(region.hours(region.grade_of(group))[subject] for group, subject in full.school12.teachings) + 2
    assert len(full.school12.slots) == wanted


@pytest.mark.parametrize(
    "today", [TODAY, date(2026, 11, 22), date(2026, 7, 15), date(2026, 8, 20), date(2027, 1, 5), date(2027, 5, 31), date(2028, 2, 29)]
)
def test_school_year_when_any_day_then_quarters_in_order(today):
    year = school_year.around(today)
    assert year.year in (today.year, today.year - 1)
    for earlier, later in zip(year.quarters, year.quarters[1:], strict=False):
        assert earlier.first_day < earlier.last_day < later.first_day
    assert year.is_school_day(year.quarters[0].first_day)
    assert region.build("small", today).school12.slots


def test_facts_then_gaps_marks_and_absences_agree(full):
    days = [day for day in (date(2026, 9, 1) + timedelta(days=number) for number in range(90)) if full.year.is_school_day(day)]
    lessons = [{"id": f"{day}", "day": day.isoformat(), "number": 3} for day in days]
    students = [{"id": pupil.snils, "full_name": pupil.full} for pupil in full.school12.pupils if pupil.group == "7А"]
    found = facts.of_gradebook(full.school12.ogrn, "7А", "Алгебра", lessons, students, TODAY)
    assert found == facts.of_gradebook(full.school12.ogrn, "7А", "Алгебра", lessons, students, TODAY)
    assert all(work.lesson["day"] < TODAY.isoformat() for work in found.works)
    assert found.works[-1].topic == "Сложение дробей с разными знаменателями"
    away = {(lesson, student) for lesson, student, status, _ in found.absences if status != "LATE"}
    assert away
    assert not away & {(lesson, student) for lesson, student, _ in found.marks}
    assert {value for *_, value in found.marks} <= {"2", "3", "4", "5"}
    first_grade = facts.of_gradebook(full.school12.ogrn, "1А", "Математика", lessons, students, TODAY)
    assert not first_grade.marks
    some = facts.of_gradebook(full.school12.ogrn, "8Б", "Физика", lessons, students, TODAY)
    assert any(not work.homework for work in some.works)


def test_library_then_titles_are_unique_and_the_known_ones_lead():
    items = library.items(3000)
    assert len({item["title"] for item in items}) == len({item["external_id"] for item in items}) == 3000
    assert items[0]["title"] == "Дроби: тренажёр"
    assert items[1]["title"] == "Сложение дробей с разными знаменателями"
