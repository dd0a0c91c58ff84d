"""What teachers wrote: topics, homework, marks, absences, with realistic gaps. A pure function of names and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from random import Random
from typing import Any

from myschool_seed.curriculum import HOMEWORK_FREE, TOPICS

_SHOWN = ("7А", "Алгебра")
_DENSITY = 0.075
_ILL_A_WEEK = 0.04
_ELSE_A_DAY = 0.005
_LATE_A_LESSON = 0.004


@dataclass(frozen=True, slots=True)
class Work:
    """One lesson's record. `work_type` is the name of a WorkType without prefix; texts are empty where the teacher wrote nothing."""

    lesson: Mapping[str, Any]
    topic: str
    work_type: str
    homework: str
    minutes: int


@dataclass
class Facts:
    """What is to be written into one gradebook; student ids, lessons as the journal told them."""

    works: list[Work] = field(default_factory=list)
    marks: list[tuple[str, str, str]] = field(default_factory=list)
    absences: list[tuple[str, str, str, int]] = field(default_factory=list)


def of_gradebook(
    school: str, group: str, subject: str, lessons: Sequence[Mapping[str, Any]], students: Sequence[Mapping[str, Any]], today: date
) -> Facts:
    """Everything up to yesterday: today's lessons wait for their teachers."""
    facts = Facts()
    diligence = Random(f"{school}|{group}|{subject}|diligence").choice((0.8, 0.9, 0.95, 0.98, 1.0))
    past = [lesson for lesson in lessons if date.fromisoformat(lesson["day"]) < today]
    for place, lesson in enumerate(past):
        key = f"{school}|{group}|{subject}|{lesson['day']}|{lesson['number']}"
        rng = Random(key)
        shown = (group, subject) == _SHOWN
        work = _work(rng, group, subject, lesson, place, 1.0 if shown else diligence, last=lesson is past[-1] and shown)
        facts.works.append(work)
        for student in students:
            _student(facts, f"{school}|{student['full_name']}", subject, group, work, student["id"])
    return facts


def _work(rng: Random, group: str, subject: str, lesson: Mapping[str, Any], place: int, diligence: float, *, last: bool) -> Work:
    known = TOPICS[subject]
    topic = known[place // 2 % len(known)]
    if last:
        topic = "Сложение дробей с разными знаменателями"
    kind = {8: "TEST", 4: "INDEPENDENT", 6: "PRACTICE"}.get(place % 9, "CLASSWORK")
    if subject in HOMEWORK_FREE or group[:-1] == "1":
        kind = "CLASSWORK"
    written = rng.random() < diligence
    homework, minutes = _homework(rng, group, subject)
    wanted = homework and (last or (written and rng.random() < 0.72))
    return Work(lesson, topic if written else "", kind if written else "", homework if wanted else "", minutes if wanted else 0)


def _homework(rng: Random, group: str, subject: str) -> tuple[str, int]:
    if subject in HOMEWORK_FREE or group[:-1] == "1":
        return "", 0
    paragraph, number = rng.randint(3, 40), rng.randint(20, 600)
    exercises = f"№ {number}–{number + rng.randint(2, 6)}"
    texts = {
        "Алгебра": f"§ {paragraph}, {exercises}. Повторить правило.",
        "Геометрия": f"П. {paragraph}, {exercises}, чертёж в тетради.",
        "Математика": f"{exercises}, правило на с. {paragraph + 20}.",
        "Русский язык": f"§ {paragraph}, упр. {number}.",
        "Литература": f"Прочитать с. {number}–{number + 12}, ответить на вопросы.",
        "Литературное чтение": f"Читать с. {number // 4}–{number // 4 + 4}, пересказ.",
        "Английский язык": f"WB p. {paragraph}, ex. {number % 9 + 1}, выучить слова.",
    }
    text = texts.get(subject, f"§ {paragraph}, вопросы {number % 5 + 1}–{number % 5 + 3}.")
    return text, rng.choice((10, 15, 15, 20, 20, 25, 30))


def _student(facts: Facts, student: str, subject: str, group: str, work: Work, student_id: str) -> None:
    lesson, day = work.lesson["id"], work.lesson["day"]
    absence = _absence(student, date.fromisoformat(day))
    if absence:
        facts.absences.append((lesson, student_id, absence, 0))
        return
    asked, late, luck = _rolls(f"{student}|{subject}|{day}|{work.lesson['number']}")
    if late < _LATE_A_LESSON:
        facts.absences.append((lesson, student_id, "LATE", 5 + 5 * int(luck * 3)))
    # The first grade is taught without marks.
    if group[:-1] == "1" or asked >= _chance(group, subject, work.work_type):
        return
    harder = 0.25 if work.work_type == "TEST" else 0
    value = round(_skill(student, subject) - harder + (luck - 0.5) * 1.8)
    facts.marks.append((lesson, student_id, str(min(5, max(2, value)))))


def _rolls(key: str) -> tuple[float, float, float]:
    """Three numbers in [0, 1) that depend on the key alone; a Random for each cell would cost seconds."""
    digest = blake2b(key.encode(), digest_size=12).digest()
    first, second, third = (int.from_bytes(digest[place : place + 4]) / 2**32 for place in (0, 4, 8))
    return first, second, third


@cache
def _skill(student: str, subject: str) -> float:
    """The mark a student usually gets in a subject."""
    return Random(f"{student}|skill").gauss(4.1, 0.5) + Random(f"{student}|{subject}").gauss(0, 0.3)


def _chance(group: str, subject: str, work_type: str) -> float:
    if work_type == "TEST":
        return 0.93
    if work_type == "INDEPENDENT":
        return 0.7
    return 0.3 if (group, subject) == _SHOWN else _DENSITY


@cache
def _absence(student: str, day: date) -> str:
    """The same for all lessons of a day; illness lasts some days."""
    monday = day - timedelta(days=day.weekday())
    ill, start, length = _rolls(f"{student}|{monday}")
    first = int(start * 4)
    if ill < _ILL_A_WEEK and first <= day.weekday() < first + 2 + int(length * 4):
        return "ILL"
    away, kind, _ = _rolls(f"{student}|{day}")
    if away < _ELSE_A_DAY:
        return "ABSENT" if kind < 0.5 else "EXCUSED"
    return ""
