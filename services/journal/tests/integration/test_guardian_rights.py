"""What a guardian may do about a diary: the rights and the end that roles tells, at the moment of the call."""

from datetime import timedelta
from typing import Any

import pytest

from myschool.roles.events.v1 import roles_events_pb2 as events
from myschool_journal.testing import MOMENT, Desk, School, take
from myschool_kit.clock import epoch_ms
from myschool_kit.errors import Kind, RemoteError
from myschool_testing import Harness

SECOND = timedelta(seconds=1)


async def tell(journal: Harness, school: School, **rights: Any) -> None:
    names = {"guardian_id": school.guardian, "guardian_name": "Белова Ольга Сергеевна", "student_id": school.a.first}
    await take(journal.database, events.GuardianshipEstablished(**names, **rights))


async def allowed(desk: Desk, school: School) -> dict[str, bool]:
    """Which acts of the guardian succeed now; all others must say that there is no such diary."""
    guardian = school.token("GUARDIAN", person_id=school.guardian)
    acts = {"week": desk.week, "marks": desk.student_marks, "sign": desk.acknowledge}
    found = {}
    for name, act in acts.items():
        try:
            await act(school.a.first, guardian)
            found[name] = True
        except RemoteError as error:
            assert (error.remote_kind, error.reason) == (Kind.NOT_FOUND, "DIARY_NOT_FOUND")
            found[name] = False
    return found


@pytest.mark.parametrize(
    ("rights", "sees", "signs"),
    [
        pytest.param({}, True, True, id="an-event-of-before"),
        pytest.param({"denied": ["CONSENT", "CHAT"]}, True, True, id="others-denied"),
        pytest.param({"denied": ["SIGN"]}, True, False, id="sees-only"),
        pytest.param({"denied": ["SEE"]}, False, False, id="sees-not"),
        pytest.param({"denied": ["SEE", "SIGN", "CHAT", "CONSENT"]}, False, False, id="court"),
        pytest.param({"ends_at_ms": epoch_ms(MOMENT + SECOND)}, True, True, id="a-second-before-the-end"),
        pytest.param({"ends_at_ms": epoch_ms(MOMENT)}, False, False, id="at-the-end"),
        pytest.param({"ends_at_ms": epoch_ms(MOMENT - SECOND)}, False, False, id="after-the-end"),
    ],
)
async def test_guardian_when_told_of_rights_then_just_these(
    journal: Harness, school: School, desk: Desk, rights: dict[str, Any], sees: bool, signs: bool
) -> None:
    await tell(journal, school, **rights)
    assert await allowed(desk, school) == {"week": sees, "marks": sees, "sign": signs}


async def test_rights_when_they_end_and_come_again_then_a_kept_week_follows(journal: Harness, school: School, desk: Desk) -> None:
    every = {"week": True, "marks": True, "sign": True}
    assert await allowed(desk, school) == every
    await tell(journal, school, denied=["SEE"])
    assert await allowed(desk, school) == dict.fromkeys(every, False)
    # The student's own view is untouched by what a guardian may do.
    await desk.week(school.a.first, school.token("STUDENT", person_id=school.a.first))
    await tell(journal, school)
    assert await allowed(desk, school) == every
