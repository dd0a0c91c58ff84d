"""Lays weekly lessons so that no class and no teacher is in two places at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DAYS = 5
NUMBERS = 8


@dataclass(frozen=True, slots=True)
class Teaching:
    """Hours a week of a subject in a class with its teacher."""

    group: str
    subject: str
    teacher: str
    weekly: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly lesson; weekday 1 is Monday."""

    group: str
    subject: str
    weekday: int
    number: int
    teacher: str
    room: str


def lay(teachings: Sequence[Teaching], pinned: Sequence[Slot]) -> list[Slot]:
    """All lessons of a week; `pinned` ones stand where they are. The busiest teachers are placed first at each hour."""
    board = _Board(teachings, pinned)
    for number in range(1, NUMBERS + 1):
        for weekday in range(1, DAYS + 1):
            for group in board.groups:
                board.place(group, weekday, number)
    return sorted(board.slots, key=lambda slot: (slot.group, slot.weekday, slot.number))


class _Board:
    def __init__(self, teachings: Sequence[Teaching], pinned: Sequence[Slot]) -> None:
        self.slots = list(pinned)
        self.groups = list(dict.fromkeys(teaching.group for teaching in teachings))
        fixed = Counter((slot.group, slot.subject) for slot in pinned)
        self._left = {(item.group, item.subject): item.weekly - fixed[item.group, item.subject] for item in teachings}
        self._teacher = {(item.group, item.subject): item.teacher for item in teachings}
        self._subjects = {group: [item.subject for item in teachings if item.group == group] for group in self.groups}
        self._load = Counter[str]()
        for item in teachings:
            self._load[item.teacher] += item.weekly
        self._taken = {(slot.teacher, slot.weekday, slot.number) for slot in pinned}
        self._held = {(slot.group, slot.weekday, slot.number) for slot in pinned}
        self._today = Counter((slot.group, slot.subject, slot.weekday) for slot in pinned)
        self._rooms = {group: str(100 * (1 + place % 3) + 1 + place) for place, group in enumerate(self.groups)}

    def place(self, group: str, weekday: int, number: int) -> None:
        """Puts the most urgent possible lesson of the class into one hour, or none."""
        if (group, weekday, number) in self._held:
            return
        possible = [
            subject
            for subject in self._subjects[group]
            if self._left[group, subject] > 0 and (self._teacher[group, subject], weekday, number) not in self._taken
        ]
        # A class keeps to an even day: nobody has eight lessons on Monday and three on Friday.
        remaining = sum(self._left[group, subject] for subject in self._subjects[group])
        if not possible or remaining == 0:
            return
        subject = min(possible, key=lambda name: self._urgency(group, name, weekday))
        teacher = self._teacher[group, subject]
        self._left[group, subject] -= 1
        self._taken.add((teacher, weekday, number))
        self._held.add((group, weekday, number))
        self._today[group, subject, weekday] += 1
        self.slots.append(Slot(group, subject, weekday, number, teacher, self._rooms[group]))

    def _urgency(self, group: str, subject: str, weekday: int) -> tuple[int, int, int, str]:
        left = self._left[group, subject]
        return self._today[group, subject, weekday], -left, -self._load[self._teacher[group, subject]], subject
