"""Rules of the school year: its periods, holidays and bells, and which timetable rows can be laid. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from myschool_kit.errors import Violation

_FIRST_MONTH = 8
_SUNDAY = 7
_MOST_DIGITS = 3
_LONGEST_ROOM = 40
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_WEEKDAY_NAMES = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")


@dataclass(frozen=True, slots=True)
class PeriodDays:
    """An academic period; both days belong to it."""

    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class BellTimes:
    """Local times "08:30" of one lesson number."""

    number: int
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a timetable sheet as typed."""

    line: int
    group: str
    subject: str
    teacher: str
    weekday: str
    number: str
    room: str

    @property
    def label(self) -> str:
        """What the row is about, for the list of verdicts."""
        return f"{self.group} · {self.subject} · {self.weekday}, {self.number} урок"


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly lesson of a group."""

    group_id: UUID
    subject: str
    weekday: int
    number: int
    teacher_id: UUID
    room: str

    @property
    def place(self) -> tuple[UUID, str, int, int]:
        """What a timetable has at most once."""
        return self.group_id, self.subject, self.weekday, self.number


@dataclass(frozen=True, slots=True)
class Teaching:
    """A teacher who teaches a subject to a group."""

    group_id: UUID
    subject: str
    teacher_id: UUID
    teacher_name: str


@dataclass(frozen=True)
class School:
    """What rows are checked against: groups by folded name, teachings, lesson numbers with a bell, present slots."""

    groups: Mapping[str, UUID]
    teachings: Sequence[Teaching]
    numbers: frozenset[int]
    slots: Mapping[tuple[UUID, str, int, int], Slot]


@dataclass(frozen=True)
class RowError:
    """Why a row cannot be laid: its column, a stable code and the sentence for people."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class RowVerdict:
    """What will happen to a row: CREATE, UPDATE, NONE or INVALID with the reasons."""

    row: SheetRow
    action: str
    slot: Slot | None = None
    errors: tuple[RowError, ...] = field(default=())


def school_year_of(day: date) -> int:
    """First calendar year of the school year a day falls in; summer from August on counts to the next one."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def week_number(day: date, first_day: date) -> int:
    """Which week of a period a day is in; the week of the period's first day is 1."""
    return ((day - timedelta(days=day.weekday())) - (first_day - timedelta(days=first_day.weekday()))).days // 7 + 1


def year_violations(year: int, periods: Sequence[PeriodDays], bells: Sequence[BellTimes]) -> list[Violation]:
    """What is wrong with a year; empty when it can be stored."""
    found: list[Violation] = []
    ordered = sorted(enumerate(periods), key=lambda item: item[1].first_day)
    for place, (index, period) in enumerate(ordered):
        path = f"periods.{index}"
        if period.first_day > period.last_day:
            found.append(Violation(path, "the last day is before the first one"))
        if not date(year, 7, 1) <= period.first_day <= period.last_day <= date(year + 1, 8, 31):
            found.append(Violation(path, "the period is not in this school year"))
        if place and ordered[place - 1][1].last_day >= period.first_day:
            found.append(Violation(path, "the period overlaps the one before it"))
    if len({period.name for period in periods}) < len(periods):
        found.append(Violation("periods", "two periods have the same name"))
    if len({bell.number for bell in bells}) < len(bells):
        found.append(Violation("bells", "two bells have the same number"))
    found += [
        Violation(f"bells.{index}", "the lesson ends before it starts")
        for index, bell in enumerate(bells)
        if bell.starts_at >= bell.ends_at
    ]
    return found


def school_days(periods: Iterable[PeriodDays], holidays: Iterable[date]) -> list[date]:
    """Days of the periods except holidays and Sundays, in order."""
    free = frozenset(holidays)
    days = {
        period.first_day + timedelta(days=offset) for period in periods for offset in range((period.last_day - period.first_day).days + 1)
    }
    return sorted(day for day in days if day not in free and day.isoweekday() != _SUNDAY)


def fold(text: str) -> str:
    """Text for comparing what people type: case, ё and spaces do not count."""
    return " ".join(text.split()).casefold().replace("ё", "е")


def fold_group(text: str) -> str:
    """A class name for comparing: «7 а», «7-А» and «7А» are one."""
    return fold(text).replace(" ", "").replace("-", "").replace("«", "").replace("»", "")


def short_name(full_name: str) -> str:
    """«Соколова А. В.» of «Соколова Анна Викторовна»."""
    family, *given = full_name.split() or [""]
    return " ".join([family, *(f"{name[0]}." for name in given)])


def weekday_of(text: str) -> int | None:
    """1 for Monday … 7 for Sunday; None when the text is no weekday."""
    folded = fold(text).rstrip(".")
    if _number(folded) in range(1, _SUNDAY + 1):
        return _number(folded)
    for place, (short, full) in enumerate(zip(WEEKDAYS, _WEEKDAY_NAMES, strict=True), start=1):
        if folded in (short, full):
            return place
    return None


def _number(text: str) -> int:
    """A small whole number; -1 for anything else, however many digits it has."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else -1


def judge(rows: Sequence[SheetRow], school: School) -> list[RowVerdict]:
    """A verdict per row, in order."""
    by_group: dict[UUID, list[Teaching]] = {}
    for teaching in school.teachings:
        by_group.setdefault(teaching.group_id, []).append(teaching)
    seen: dict[tuple[UUID, str, int, int], int] = {}
    return [_judge_row(row, school, by_group, seen) for row in rows]


def _judge_row(
    row: SheetRow, school: School, by_group: Mapping[UUID, Sequence[Teaching]], seen: dict[tuple[UUID, str, int, int], int]
) -> RowVerdict:
    errors: list[RowError] = []
    group_id = school.groups.get(fold_group(row.group))
    if group_id is None:
        errors.append(RowError("group", "GROUP_UNKNOWN", f"Класса «{row.group}» нет в школе"))
    weekday = weekday_of(row.weekday)
    if weekday is None or weekday == _SUNDAY:
        errors.append(RowError("weekday", "WEEKDAY_UNKNOWN", f"«{row.weekday}» — не учебный день недели"))
    number = _number(row.number)
    if number not in school.numbers:
        errors.append(RowError("number", "NO_SUCH_BELL", f"Для урока «{row.number}» нет звонка"))
    if len(row.room) > _LONGEST_ROOM:
        errors.append(RowError("room", "ROOM_TOO_LONG", f"Название кабинета длиннее {_LONGEST_ROOM} знаков"))
    teaching = _teaching(row, by_group.get(group_id, ()), errors) if group_id is not None else None
    if errors or teaching is None or weekday is None:
        return RowVerdict(row, "INVALID", None, tuple(errors))
    slot = Slot(teaching.group_id, teaching.subject, weekday, number, teaching.teacher_id, row.room)
    if slot.place in seen:
        repeated = RowError("number", "SLOT_REPEATED", f"Тот же урок уже стоит в строке {seen[slot.place]}")
        return RowVerdict(row, "INVALID", None, (repeated,))
    seen[slot.place] = row.line
    present = school.slots.get(slot.place)
    action = "CREATE" if present is None else "NONE" if present == slot else "UPDATE"
    return RowVerdict(row, action, slot)


def _teaching(row: SheetRow, teachings: Sequence[Teaching], errors: list[RowError]) -> Teaching | None:
    of_subject = [teaching for teaching in teachings if fold(teaching.subject) == fold(row.subject)]
    if not of_subject:
        errors.append(RowError("subject", "SUBJECT_NOT_TAUGHT", f"В нагрузке класса «{row.group}» нет предмета «{row.subject}»"))
        return None
    wanted = fold(row.teacher).replace(" ", "")
    if not wanted and len(of_subject) == 1:
        return of_subject[0]
    named = [
        teaching
        for teaching in of_subject
        if wanted in (fold(teaching.teacher_name).replace(" ", ""), fold(short_name(teaching.teacher_name)).replace(" ", ""))
    ]
    if len(named) == 1:
        return named[0]
    code, message = "TEACHER_UNKNOWN", f"«{row.teacher}» не ведёт этот предмет в классе «{row.group}»"
    if not wanted:
        code, message = "TEACHER_MISSING", "Укажите учителя"
    elif len(named) > 1:
        code, message = "TEACHER_AMBIGUOUS", f"Под именем «{row.teacher}» этот предмет ведут двое: напишите имя полностью"
    errors.append(RowError("teacher", code, message))
    return None
