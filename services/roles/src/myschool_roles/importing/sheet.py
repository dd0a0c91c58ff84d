"""The school's own sheet (docs/import.md): an xlsx book, or one csv list of students."""

from collections.abc import Callable
from datetime import date

from myschool_roles.importing import rules, tables
from myschool_roles.importing.model import GROUP, GUARDIAN, STAFF, STUDENT, TEACHING, Human, Row, plain

_CLASSES, _STAFF, _STUDENTS, _GUARDIANS, _LOAD = "Классы", "Сотрудники", "Ученики", "Родители", "Нагрузка"
_REQUIRED = {
    _CLASSES: ("Класс",),
    _STAFF: ("ФИО", "СНИЛС", "Должность"),
    _STUDENTS: ("ФИО", "Дата рождения", "Класс"),
    _GUARDIANS: ("ФИО", "СНИЛС"),
    _LOAD: ("Класс", "Предмет", "Учитель"),
}
_MUST_BE_THERE = (_CLASSES, _STAFF, _STUDENTS)


def read(content: bytes, today: date) -> list[Row]:
    """Rows of the uploaded sheet in the order they depend on each other. Raises FileUnreadable."""
    if content[:4] == b"PK\x03\x04":
        return _book(content, today)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise tables.unreadable("Старый формат xls или книга с паролем: сохраните файл как xlsx без пароля")
    return _rows(tables.table(_STUDENTS, tables.read_csv(content), _REQUIRED[_STUDENTS]), today)


def _book(content: bytes, today: date) -> list[Row]:
    sheets = {plain(name): cells for name, cells in tables.read_book(content).items()}
    missing = [name for name in _MUST_BE_THERE if plain(name) not in sheets]
    if missing:
        raise tables.unreadable(f"В книге нет листа {', '.join(f'«{name}»' for name in missing)}")
    found = [tables.table(name, sheets[plain(name)], columns) for name, columns in _REQUIRED.items() if plain(name) in sheets]
    if sum(len(table.rows) for table in found) > tables.MAX_ROWS:
        raise tables.unreadable(f"В книге больше {tables.MAX_ROWS} строк")
    return [row for table in found for row in _rows(table, today)]


def _rows(table: tables.Table, today: date) -> list[Row]:
    build = _BUILDERS[table.name]
    return [build(table.name, line, cells, today) for line, cells in table.rows]


def _class(row: Row, cells: dict[str, str], column: str = "Класс") -> int:
    (name, grade), problem = rules.class_name(cells.get(plain(column), ""))
    row.fields["group"] = name
    if problem:
        row.refuse(column, problem)
    return grade


def _human(row: Row, cells: dict[str, str], today: date) -> None:
    (family, given, middle), problem = rules.full_name(cells.get("фио", ""))
    if problem:
        row.refuse("ФИО", problem)
    snils, problem = rules.snils(cells.get("снилс", ""))
    if problem:
        row.refuse("СНИЛС", problem)
    birth, problem = rules.day(cells.get("дата рождения", ""), today)
    if problem:
        row.refuse("Дата рождения", problem)
    row.human = Human(family, given, middle, birth, snils)
    if not snils and not birth and not row.errors:
        row.refuse("СНИЛС", "Нужен СНИЛС или дата рождения, иначе человека не узнать при повторной загрузке")


def _person_ref(row: Row, name: str, cell: str, column: str) -> None:
    """A reference to a person of the staff by СНИЛС or name; empty cells refer to nobody."""
    snils, problem = rules.snils(cell) if any(sign.isdigit() for sign in cell) else ("", "")
    if problem:
        row.refuse(column, problem)
    row.fields[name] = f"snils:{snils}" if snils else f"name:{plain(cell)}" if cell else ""


def _group_row(sheet: str, line: int, cells: dict[str, str], _today: date) -> Row:
    row = Row(sheet, line, GROUP, cells.get("класс", "")[:40])
    grade = _class(row, cells)
    stated = cells.get("параллель", "")
    if stated and grade and stated != str(grade):
        row.refuse("Параллель", f"Параллель {stated[:10]} не подходит к классу {row.fields['group']}")
    row.fields["grade"] = str(grade)
    _person_ref(row, "homeroom", cells.get("классный руководитель", ""), "Классный руководитель")
    return row


def _staff_row(sheet: str, line: int, cells: dict[str, str], today: date) -> Row:
    row = Row(sheet, line, STAFF, cells.get("фио", "")[:100])
    _human(row, cells, today)
    row.fields["role"], problem = rules.role_of(cells.get("должность", ""))
    if problem:
        row.refuse("Должность", problem)
    return row


def _student_row(sheet: str, line: int, cells: dict[str, str], today: date) -> Row:
    row = Row(sheet, line, STUDENT, cells.get("фио", "")[:100])
    _human(row, cells, today)
    _class(row, cells)
    row.fields["from_day"], problem = rules.day(cells.get("дата зачисления", ""), today)
    if problem:
        row.refuse("Дата зачисления", problem)
    return row


def _guardian_row(sheet: str, line: int, cells: dict[str, str], today: date) -> Row:
    row = Row(sheet, line, GUARDIAN, f"{cells.get('фио', '')[:100]} → {cells.get('ребенок', '')[:100]}".removesuffix(" → "))
    _human(row, cells, today)
    snils, problem = rules.snils(cells.get("снилс ребенка", ""))
    child = plain(cells.get("ребенок", ""))
    if problem:
        row.refuse("СНИЛС ребёнка", problem)
    elif snils:
        row.fields["child"] = f"snils:{snils}"
    elif child:
        _class(row, cells, "Класс ребёнка")
        row.fields["child"] = f"name:{child}"
    else:
        row.refuse("Ребёнок", "Укажите ребёнка (ФИО и класс) или его СНИЛС")
    return row


def _teaching_row(sheet: str, line: int, cells: dict[str, str], _today: date) -> Row:
    parts = (cells.get("класс", ""), cells.get("предмет", ""), cells.get("учитель", ""))
    row = Row(sheet, line, TEACHING, " · ".join(parts)[:200])
    _class(row, cells)
    row.fields["subject"], problem = rules.subject(parts[1])
    if problem:
        row.refuse("Предмет", problem)
    _person_ref(row, "teacher", parts[2], "Учитель")
    if not parts[2]:
        row.refuse("Учитель", "Укажите учителя")
    return row


_BUILDERS: dict[str, Callable[[str, int, dict[str, str], date], Row]] = {
    _CLASSES: _group_row,
    _STAFF: _staff_row,
    _STUDENTS: _student_row,
    _GUARDIANS: _guardian_row,
    _LOAD: _teaching_row,
}
