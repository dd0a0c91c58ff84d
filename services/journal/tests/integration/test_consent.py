"""A withdrawn consent to progress data closes the diary to the family and to nobody else, at once, kept pages too."""

from typing import Any
from uuid import UUID

import pytest

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool_journal.testing import Desk, School, take
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_testing import Harness


async def refused(call: Any) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await call
    return kind_of(error.value), error.value.reason


WITHHELD = (Kind.FORBIDDEN, "PROGRESS_CONSENT_MISSING")


async def test_diary_when_consent_is_withdrawn_then_closed_to_the_family_until_it_is_given(
    journal: Harness, desk: Desk, school: School
) -> None:
    student = school.a.first
    guardian, child = school.token("GUARDIAN", person_id=school.guardian), school.token("STUDENT", person_id=student)
    await desk.week(student, guardian)  # kept now
    withdrawn = identity.ConsentWithdrawn(person_id=student, purpose="progress")
    for _ in range(2):
        await take(journal.database, withdrawn)
    for family in (guardian, child):
        assert await refused(desk.week(student, family)) == WITHHELD
        assert await refused(desk.student_marks(student, family)) == WITHHELD
    assert await refused(desk.acknowledge(student, guardian)) == WITHHELD
    assert await journal.database.reads.fetchval("SELECT count(*) FROM acknowledgement WHERE student_id = $1", UUID(student)) == 0
    # A stranger learns nothing of it, and the school goes on.
    stranger = school.token("GUARDIAN", person_id=school.teachers[next(iter(school.teachers))])
    assert (await refused(desk.week(student, stranger)))[0] is Kind.NOT_FOUND
    await desk.week(student, school.token("HEAD"))
    await take(journal.database, identity.ConsentGiven(person_id=student, purpose="progress"))
    for family in (guardian, child):
        await desk.week(student, family)
        await desk.student_marks(student, family)
    await desk.acknowledge(student, guardian)


async def test_diary_when_another_purpose_is_withdrawn_then_open(journal: Harness, desk: Desk, school: School) -> None:
    await take(journal.database, identity.ConsentWithdrawn(person_id=school.a.first, purpose="media"))
    await desk.week(school.a.first, school.token("GUARDIAN", person_id=school.guardian))
