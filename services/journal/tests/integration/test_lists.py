"""The list of gradebooks: paged whole and without repetition, own ones first, searchable, bounded."""

import pytest

from myschool_journal.testing import KOTOV, SOKOLOVA, Desk, School
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_kit.page import encode_token
from myschool_testing import Harness

SUBJECTS = ("Химия", "Физика", "Ёмкости", "Черчение", "География", "Музыка", "ИЗО")


@pytest.fixture
async def big(journal: Harness, school: School, desk: Desk) -> Desk:
    """Both classes with many subjects of Котов."""
    rows = ""
    for group in (school.a, school.b):
        for number, subject in enumerate(SUBJECTS, 1):
            await school.assign(journal.database, group, subject, KOTOV)
            rows += f"{group.name};{subject};;ср;{number if number < 7 else 1};1\n"
    await desk.lay(rows + "7А;Алгебра;Соколова А. В.;пн;1;214\n")
    return desk


async def walk(desk: Desk, who: str, size: int, **values: str) -> list[str]:
    found, token = [], ""
    while True:
        page = await desk.gradebooks(who=who, page_size=size, page_token=token, **values)
        found += [f"{one['group_name']} {one['subject']}" for one in page["gradebooks"]]
        token = page["next_page_token"]
        if not token:
            return found
        assert len(page["gradebooks"]) == size


async def test_gradebooks_when_paged_then_all_once_in_order(big: Desk, school: School) -> None:
    head = school.token("HEAD")
    whole = await walk(big, head, 200)
    assert len(whole) == len(set(whole)) == 17
    assert whole[:4] == ["7А Алгебра", "7А География", "7А Ёмкости", "7А ИЗО"]
    for size in (1, 4, 16, 17):
        assert await walk(big, head, size) == whole
    as_head_who_teaches = school.token("HEAD", person_id=school.teachers[SOKOLOVA])
    assert (await walk(big, as_head_who_teaches, 3))[:3] == ["7А Алгебра", "7Б Алгебра", "7А География"]
    assert await walk(big, KOTOV, 5) == [one for one in whole if "Алгебра" not in one]


@pytest.mark.parametrize(
    ("query", "found"),
    [("7а алг", 1), ("АЛГЕБРА", 2), ("емк", 2), ("7б", 8), ("7Б гео", 1), ("имия", 0), ("%", 0), ("_", 0), ("\\", 0), ("  ", 17)],
)
async def test_gradebooks_when_searched_then_by_beginnings_of_words(big: Desk, school: School, query: str, found: int) -> None:
    assert len(await walk(big, school.token("HEAD"), 5, query=query)) == found


async def test_gradebooks_when_size_or_token_is_bad_then_told(desk: Desk, school: School) -> None:
    first = await desk.gradebooks(who=school.token("HEAD"), page_size=1)
    foreign = [
        encode_token(position, [])
        for position in (
            [],
            ["x"],
            [0, 7, "7А", "Алгебра", "no id"],
            [0, 7, "7А", "Алгебра", None],
            [{}] * 5,
            [2**40, 7, "7А", "x", school.id],
            [0, 2**40, "7А", "x", school.id],
            [0, 7, "\x00", "x", school.id],
        )
    ]
    tries = [{"page_size": 201}, {"page_size": -1}, {"page_token": "zzz"}, {"page_token": first["next_page_token"], "query": "другое"}]
    tries += [{"page_token": token} for token in foreign]
    for values in tries:
        with pytest.raises(RemoteError) as refused:
            await desk.gradebooks(who=school.token("HEAD"), **values)
        assert kind_of(refused.value) is Kind.INVALID
