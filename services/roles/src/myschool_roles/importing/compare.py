"""Rows of a file against what the school has: a verdict per row, and the plan that carries them out. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from myschool_roles.importing.model import CREATE, GROUP, GUARDIAN, INVALID, NONE, STAFF, STUDENT, TEACHING, UPDATE, Human, Row, plain

# A person inside one comparison: the id when known, else «new:» and the strongest key.
Handle = str
_NEW = "new:"


class KnownGroup(NamedTuple):
    """A class the school has."""

    id: UUID
    grade: int
    homeroom: Handle


@dataclass
class State:
    """What the database holds of the school and of the people in the file; ids are texts, so that they are handles."""

    known: dict[str, Handle] = field(default_factory=dict)
    names: dict[Handle, tuple[str, str, str]] = field(default_factory=dict)
    groups: dict[str, KnownGroup] = field(default_factory=dict)
    enrolled: dict[Handle, str] = field(default_factory=dict)
    teachings: set[tuple[str, str, Handle]] = field(default_factory=set)
    guardianships: set[tuple[Handle, Handle]] = field(default_factory=set)
    roles: set[tuple[Handle, str]] = field(default_factory=set)


@dataclass
class Plan:
    """What to write. Groups go by name, people by handle; every list is in the order of the file."""

    people: dict[Handle, Human] = field(default_factory=dict)
    renamed: dict[Handle, Human] = field(default_factory=dict)
    keys: dict[str, Handle] = field(default_factory=dict)
    births: dict[Handle, str] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    homerooms: dict[str, Handle] = field(default_factory=dict)
    roles: dict[tuple[Handle, str], None] = field(default_factory=dict)
    moved: dict[Handle, str] = field(default_factory=dict)
    enrolled: dict[Handle, tuple[str, str]] = field(default_factory=dict)
    guardianships: dict[tuple[Handle, Handle], None] = field(default_factory=dict)
    teachings: dict[tuple[str, str, Handle], None] = field(default_factory=dict)
    ended: dict[tuple[str, str, Handle], None] = field(default_factory=dict)


def is_new(handle: Handle) -> bool:
    """Whether the person is not known yet."""
    return handle.startswith(_NEW)


class Comparison:
    """One run over the rows; afterwards each row has its action and errors, and `plan` is complete."""

    def __init__(self, rows: list[Row], state: State, grantable: frozenset[str]) -> None:
        self.plan = Plan()
        self._rows = rows
        self._state = state
        self._grantable = grantable
        self._by_key: dict[str, tuple[Handle, Human, Row]] = {}
        self._staff: dict[str, set[Handle]] = {}
        self._students: dict[tuple[str, str], set[Handle]] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._group_names = set(state.groups)
        self._load: dict[tuple[str, str], dict[Handle, Row]] = {}

    def run(self) -> Plan:
        """Gives every row its verdict."""
        self._index_known()
        handles = {id(row): self._introduce(row) for row in self._rows if row.human is not None and not row.errors}
        self._index_file(handles)
        for kind in (GROUP, STAFF, STUDENT, GUARDIAN, TEACHING):
            for row in self._rows:
                if row.kind == kind:
                    self._judge(row, handles.get(id(row), ""))
        self._end_teachings()
        return self.plan

    def _index_known(self) -> None:
        state = self._state
        for handle, role in state.roles:
            if role in ("TEACHER", "DEPUTY_HEAD", "HEAD") and handle in state.names:
                self._staff.setdefault(plain(" ".join(state.names[handle])), set()).add(handle)
        for handle, group in state.enrolled.items():
            self._students.setdefault((plain(" ".join(state.names[handle])), group), set()).add(handle)

    def _introduce(self, row: Row) -> Handle:
        """The person's handle; says so when the file contradicts itself or the school about who this is."""
        human = row.human
        assert human is not None  # noqa: S101 - for the type checker; the caller has looked
        keys = human.keys()
        earlier = next((self._by_key[key] for key in keys if key in self._by_key), None)
        if earlier is not None and plain(earlier[1].full_name) != plain(human.full_name):
            row.refuse("ФИО", f"Тот же человек назван иначе на строке {earlier[2].line} («{earlier[2].sheet}»)")
            return ""
        handle = earlier[0] if earlier else next((self._state.known[key] for key in keys if key in self._state.known), "")
        if not handle and human.snils and human.name_key() in self._state.known:
            row.refuse("СНИЛС", "В школе уже есть человек с этим именем и датой рождения без СНИЛС: сначала объедините записи")
            return ""
        handle = handle or _NEW + keys[0]
        first = earlier[1] if earlier else human
        for key in keys:
            self._by_key.setdefault(key, (handle, first, row))
            if key not in self._state.known:
                self.plan.keys[key] = handle
        self._note(row, handle, first)
        if human.birth:
            self.plan.births.setdefault(handle, human.birth)
        return handle

    def _note(self, row: Row, handle: Handle, human: Human) -> None:
        if is_new(handle):
            self.plan.people.setdefault(handle, human)
            row.action = CREATE
        elif self._state.names.get(handle) != (human.family, human.given, human.middle):
            self.plan.renamed.setdefault(handle, human)
            row.action = UPDATE

    def _index_file(self, handles: dict[int, Handle]) -> None:
        for row in self._rows:
            handle = handles.get(id(row), "")
            if row.kind == GROUP and row.fields["group"]:
                self._group_names.add(row.fields["group"])
            if not handle or row.human is None:
                continue
            name = plain(row.human.full_name)
            if row.kind == STAFF:
                self._staff.setdefault(name, set()).add(handle)
            elif row.kind == STUDENT:
                self._students.setdefault((name, row.fields["group"]), set()).add(handle)

    def _judge(self, row: Row, handle: Handle) -> None:
        if row.kind not in {GROUP, STAFF} and row.fields.get("group", "") and row.fields["group"] not in self._group_names:
            row.refuse("Класс", f"Класса {row.fields['group']} нет ни в файле, ни в школе")
        if not row.errors:
            _JUDGES[row.kind](self, row, handle)
        row.action = INVALID if row.errors else row.action or NONE

    def _once(self, row: Row, *key: str) -> bool:
        first = self._seen.setdefault((row.kind, *key), row.line)
        if first != row.line:
            row.refuse("", f"Повторяет строку {first}")
        return first == row.line

    def _group(self, row: Row, _handle: Handle) -> None:
        name, grade = row.fields["group"], int(row.fields["grade"])
        homeroom = self._referred(row, "homeroom", "Классный руководитель")
        if row.errors or not self._once(row, name):
            return
        known = self._state.groups.get(name)
        if known is None or known.grade != grade:
            self.plan.groups[name] = grade
            row.action = CREATE if known is None else UPDATE
        if homeroom and (known is None or known.homeroom != homeroom):
            self.plan.homerooms[name] = homeroom
            row.action = row.action or UPDATE

    def _grant(self, row: Row, handle: Handle, role: str) -> None:
        if (handle, role) in self._state.roles:
            return
        if role not in self._grantable:
            row.refuse("Должность", "Эту роль назначает не школа: обратитесь к региональному координатору")
            return
        self.plan.roles[handle, role] = None
        row.action = row.action or CREATE

    def _staff_member(self, row: Row, handle: Handle) -> None:
        if self._once(row, handle, row.fields["role"]):
            self._grant(row, handle, row.fields["role"])

    def _student(self, row: Row, handle: Handle) -> None:
        if not self._once(row, handle):
            return
        group, before = row.fields["group"], self._state.enrolled.get(handle)
        if before != group:
            self.plan.enrolled[handle] = (group, row.fields.get("from_day", ""))
            row.action = row.action or (CREATE if before is None else UPDATE)
        if before is not None and before != group:
            self.plan.moved[handle] = before
        self._grant(row, handle, "STUDENT")

    def _guardian(self, row: Row, handle: Handle) -> None:
        child = self._child(row)
        if child == handle:
            row.refuse("Ребёнок", "Человек не может быть собственным представителем")
        if row.errors or not self._once(row, handle, child):
            return
        if (handle, child) not in self._state.guardianships:
            self.plan.guardianships[handle, child] = None
            row.action = row.action or CREATE
        self._grant(row, handle, "GUARDIAN")

    def _child(self, row: Row) -> Handle:
        kind, _, value = row.fields["child"].partition(":")
        if kind == "name":
            return self._only(row, "Ребёнок", self._students.get((value, row.fields["group"]), set()), "СНИЛС ребёнка")
        handle = self._of_key(f"{kind}:{value}")
        if not handle or (handle not in self._state.enrolled and handle not in self.plan.enrolled):
            row.refuse("Ребёнок", "Среди учеников школы нет этого ребёнка")
        return handle

    def _of_key(self, key: str) -> Handle:
        entry = self._by_key.get(key)
        return entry[0] if entry else self._state.known.get(key, "")

    def _referred(self, row: Row, name: str, column: str) -> Handle:
        """The member of staff a row refers to; "" when the cell is empty or an error was added."""
        kind, _, value = row.fields.get(name, "").partition(":")
        if not value:
            return ""
        if kind == "name":
            return self._only(row, column, self._staff.get(value, set()), "СНИЛС вместо имени")
        handle = self._of_key(f"{kind}:{value}")
        if not any(handle in group for group in self._staff.values()):
            row.refuse(column, "Среди сотрудников школы нет этого человека")
            return ""
        return handle

    @staticmethod
    def _only(row: Row, column: str, found: set[Handle], instead: str) -> Handle:
        if len(found) == 1:
            return next(iter(found))
        row.refuse(column, f"Таких людей несколько: укажите {instead}" if found else "Такого человека нет ни в файле, ни в школе")
        return ""

    def _teaching(self, row: Row, _handle: Handle) -> None:
        teacher = self._referred(row, "teacher", "Учитель")
        group, subject = row.fields["group"], row.fields["subject"]
        if row.errors or not self._once(row, group, plain(subject), teacher):
            return
        self._load.setdefault((group, subject), {})[teacher] = row
        if (group, subject, teacher) not in self._state.teachings:
            self.plan.teachings[group, subject, teacher] = None
            row.action = CREATE

    def _end_teachings(self) -> None:
        """The file is complete for each class-subject it names: whoever is not named there teaches it no more."""
        for place in sorted(self._state.teachings):
            named = self._load.get(place[:2])
            if named is not None and place[2] not in named:
                self.plan.ended[place] = None
                first = next(iter(named.values()))
                first.action = UPDATE if first.action == NONE else first.action


_JUDGES = {
    GROUP: Comparison._group,  # noqa: SLF001 - the class's own table
    STAFF: Comparison._staff_member,  # noqa: SLF001
    STUDENT: Comparison._student,  # noqa: SLF001
    GUARDIAN: Comparison._guardian,  # noqa: SLF001
    TEACHING: Comparison._teaching,  # noqa: SLF001
}
