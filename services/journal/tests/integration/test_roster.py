"""The roster follows the events of roles: in any order that Kafka allows, repeated, with one class far behind the others."""

from datetime import timedelta
from uuid import NAMESPACE_OID, uuid4, uuid5

from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myschool.roles.events.v1 import roles_events_pb2 as roles
from myschool_journal.consumers import RosterConsumer
from myschool_journal.roster.repository import RosterRepository
from myschool_journal.testing import MOMENT
from myschool_kit.consumer import Consumer, Event
from myschool_testing import Harness

Told = tuple[str, str, Message]


class Tale:
    """What happened in a school, with ids of its own each time it is told."""

    def __init__(self) -> None:
        self._salt, self.names = str(uuid4()), {}

    def id(self, name: str) -> str:
        found = str(uuid5(NAMESPACE_OID, self._salt + name))
        self.names[found] = name
        return found

    def events(self) -> list[Event]:
        """In the order in which they happened, a minute after each other."""
        found = []
        for minute, (topic, key, message) in enumerate(self._told()):
            name = message.DESCRIPTOR.full_name
            at = MOMENT + timedelta(minutes=minute)
            found.append(Event(uuid5(NAMESPACE_OID, f"{self._salt}{minute}"), topic, key, name, message.SerializeToString(), "", at))
        return found

    def _enrolled(self, group: str, student: str, name: str, day: str) -> Told:
        message = roles.StudentEnrolled(
            group_id=self.id(group), organisation_id=self.id("school"), student_id=self.id(student), full_name=name, from_day=day
        )
        return "roles.groups", group, message

    def _left(self, group: str, student: str, day: str) -> Told:
        return "roles.groups", group, roles.StudentLeft(group_id=self.id(group), student_id=self.id(student), last_day=day)

    def _taught(self, group: str, subject: str, teacher: str, name: str) -> Told:
        message = roles.TeachingAssigned(
            group_id=self.id(group), organisation_id=self.id("school"), subject=subject, teacher_id=self.id(teacher), teacher_name=name
        )
        return "roles.groups", group, message

    def _ended(self, group: str, subject: str, teacher: str) -> Told:
        return "roles.groups", group, roles.TeachingEnded(group_id=self.id(group), subject=subject, teacher_id=self.id(teacher))

    def _homeroom(self, group: str, teacher: str, name: str) -> Told:
        message = roles.HomeroomAssigned(
            group_id=self.id(group), organisation_id=self.id("school"), teacher_id=self.id(teacher), teacher_name=name
        )
        return "roles.groups", group, message

    def _formed(self, group: str, name: str) -> Told:
        message = roles.StudentGroupFormed(group_id=self.id(group), organisation_id=self.id("school"), name=name, grade=7)
        return "roles.groups", group, message

    def _school(self, name: str, zone: str) -> Told:
        message = roles.OrganisationRegistered(organisation_id=self.id("school"), short_name=name, time_zone=zone)
        return "roles.organisations", "school", message

    def _guarded(self, student: str, guardian: str, name: str) -> Told:
        message = roles.GuardianshipEstablished(guardian_id=self.id(guardian), guardian_name=name, student_id=self.id(student))
        return "roles.guardianships", student, message

    def _unguarded(self, student: str, guardian: str) -> Told:
        return "roles.guardianships", student, roles.GuardianshipEnded(guardian_id=self.id(guardian), student_id=self.id(student))

    def _told(self) -> list[Told]:
        return [
            self._school("№ 12", "Europe/Moscow"),
            self._formed("a", "7А"),
            self._formed("b", "7Б"),
            self._enrolled("a", "one", "Иванова Анна", "2026-09-01"),
            self._enrolled("a", "two", "Белов Тимур", "2026-09-01"),
            self._guarded("one", "mother", "Иванова Ольга"),
            self._taught("a", "Алгебра", "teacher", "Соколова Анна"),
            self._homeroom("a", "teacher", "Соколова Анна"),
            self._left("a", "one", "2026-10-01"),
            self._enrolled("b", "one", "Петрова Анна", "2026-10-02"),  # the new name is told by the new class only
            self._taught("b", "Алгебра", "teacher", "Соколова-Белова Анна"),
            self._ended("a", "Алгебра", "teacher"),
            self._left("b", "one", "2026-11-01"),
            self._enrolled("a", "one", "Петрова Анна Ильинична", "2026-11-02"),
            self._unguarded("one", "mother"),
            self._guarded("one", "father", "Петров Илья"),
            self._guarded("one", "mother", "Петрова Ольга"),
            self._unguarded("one", "father"),
            self._homeroom("b", "other", "Котов Игорь"),
            self._homeroom("b", "teacher", "Соколова-Белова Анна"),
            self._taught("a", "История", "other", "Котов Игорь Семёнович"),
            self._formed("b", "8Б"),
            self._school("Гимназия № 12", "Asia/Yekaterinburg"),
        ]


_STATES = (
    "SELECT short_name, time_zone FROM organisation WHERE id = ANY($1::uuid[])",
    "SELECT id, name, grade, homeroom_teacher_id FROM student_group WHERE id = ANY($1::uuid[])",
    "SELECT id, full_name FROM student WHERE id = ANY($1::uuid[])",
    "SELECT id, full_name FROM teacher WHERE id = ANY($1::uuid[])",
    "SELECT group_id, student_id, from_day, last_day FROM enrolment WHERE group_id = ANY($1::uuid[])",
    "SELECT group_id, subject, teacher_id FROM teaching WHERE group_id = ANY($1::uuid[])",
    "SELECT guardian_id, student_id, guardian_name FROM guardianship WHERE student_id = ANY($1::uuid[])",
)


async def state(journal: Harness, tale: Tale) -> list[list[str]]:
    """Everything the roster knows of the tale, by name."""
    found = []
    for query in _STATES:
        rows = await journal.database.reads.fetch(query, list(tale.names))
        found.append(sorted(" | ".join(tale.names.get(str(value), str(value)) for value in row) for row in rows))
    return found


def consumer(journal: Harness) -> Consumer:
    return Consumer("journal", journal.settings, journal.database, RosterConsumer(RosterRepository()).handlers())


async def in_order(journal: Harness) -> list[list[str]]:
    tale = Tale()
    await consumer(journal).take(tale.events())
    return await state(journal, tale)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
async def test_roster_when_keys_are_interleaved_repeated_and_cut_anyhow_then_the_same_state(journal: Harness, data: st.DataObject) -> None:
    tale = Tale()
    queues: dict[tuple[str, str], list[Event]] = {}
    for event in tale.events():
        queues.setdefault((event.topic, event.key), []).append(event)
    order = []
    while queues:
        key = data.draw(st.sampled_from(sorted(queues)))
        count = data.draw(st.integers(1, len(queues[key])))  # the whole rest of a key at once leaves the others far behind
        order += queues[key][:count]
        queues[key] = queues[key][count:]
        if not queues[key]:
            del queues[key]
    size = data.draw(st.integers(1, len(order)))
    taker = consumer(journal)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        again = order[: data.draw(st.integers(0, start))]
        await taker.take([*batch, *again])
    assert await state(journal, tale) == await in_order(journal)
    assert await journal.database.reads.fetchval("SELECT count(*) FROM parked") == 0


async def test_roster_when_told_then_the_latest_names_and_stays(journal: Harness) -> None:
    _schools, groups, students, teachers, stays, load, family = await in_order(journal)
    assert groups == ["a | 7А | 7 | teacher", "b | 8Б | 7 | teacher"]
    assert students == ["one | Петрова Анна Ильинична", "two | Белов Тимур"]
    assert teachers == ["other | Котов Игорь Семёнович", "teacher | Соколова-Белова Анна"]
    assert stays == [
        "a | one | 2026-09-01 | 2026-10-01",
        "a | one | 2026-11-02 | None",
        "a | two | 2026-09-01 | None",
        "b | one | 2026-10-02 | 2026-11-01",
    ]
    assert load == ["a | История | other", "b | Алгебра | teacher"]
    assert family == ["mother | one | Петрова Ольга"]
