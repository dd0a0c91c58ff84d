"""Reads a timetable sheet (xlsx or CSV) into rows of text; says clearly why a file is none."""

import csv
import io
import zipfile

import python_calamine

from myschool_journal.errors import BadFile
from myschool_journal.planning.rules import SheetRow, fold
from myschool_kit.errors import Violation

MAX_ROWS = 20_000
# An xlsx is a zip: what it unpacks to is checked before anything is unpacked.
_MAX_UNPACKED = 64 * 1024 * 1024
_COLUMNS = {
    "group": ("класс", "группа"),
    "subject": ("предмет",),
    "teacher": ("учитель", "преподаватель"),
    "weekday": ("день недели", "день"),
    "number": ("урок", "номер урока", "№ урока", "номер"),
    "room": ("кабинет", "каб", "аудитория"),
}
_OPTIONAL = frozenset({"teacher", "room"})


def read(file_name: str, content: bytes) -> list[SheetRow]:
    """Rows with their line numbers; blank ones are left out. Raises BadFile."""
    table = _read_xlsx(content) if content[:4] == b"PK\x03\x04" else _read_csv(file_name, content)
    if not table:
        raise _bad("Файл пуст")
    places = _places(table[0])
    if len(table) - 1 > MAX_ROWS:
        raise _bad(f"Строк больше {MAX_ROWS}: разделите файл")
    rows = []
    for line, cells in enumerate(table[1:], start=2):
        if any(cells):
            taken = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
            rows.append(SheetRow(line=line, **{name: taken.get(name, "") for name in _COLUMNS}))
    if not rows:
        raise _bad("Под заголовком нет ни одной строки")
    return rows


def _read_xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise _bad("Файл слишком велик в распакованном виде")
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, IndexError) as error:
        raise _bad("Файл не читается как книга xlsx") from error
    return [[_text(cell) for cell in row] for row in sheet]


def _read_csv(file_name: str, content: bytes) -> list[list[str]]:
    if b"\x00" in content or file_name.lower().endswith((".xls", ".ods", ".pdf", ".doc", ".docx")):
        raise _bad("Нужен файл xlsx или CSV")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1251")
        except UnicodeDecodeError as error:
            raise _bad("Кодировка файла не UTF-8 и не Windows-1251") from error
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise _bad("Файл не читается как CSV") from error


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _places(head: list[str]) -> dict[str, int]:
    folded = [fold(cell).rstrip(".") for cell in head]
    places = {name: folded.index(alias) for name, aliases in _COLUMNS.items() for alias in reversed(aliases) if alias in folded}
    missing = [_COLUMNS[name][0] for name in _COLUMNS if name not in places and name not in _OPTIONAL]
    if missing:
        raise _bad("В первой строке нет столбцов: " + ", ".join(f"«{name.capitalize()}»" for name in missing))
    return places


def _bad(message: str) -> BadFile:
    return BadFile(message, violations=[Violation("content", message)])
