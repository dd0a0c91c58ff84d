"""Reads a timetable sheet (xlsx or CSV) into rows of text; says clearly why a file is none."""

import csv
import io
import re
import zipfile
import zlib

import python_calamine

from myschool_journal.errors import BadFile
from myschool_journal.planning.rules import SheetRow, fold
from myschool_kit.errors import Violation

MAX_ROWS = 20_000
# An xlsx is a zip: what it unpacks to is checked before anything is read from it.
_MAX_UNPACKED = 64 * 1024 * 1024
# The reader lays a sheet out as a rectangle up to its last cell: one cell at XFD1048576 would take half a terabyte.
_COLUMNS_UPTO = re.compile(rb"A?[A-Z]|")
_PLACE = re.compile(rb"""<(?:\w+:)?(row|c)\b(?:[^>"']|"[^"]*"|'[^']*')*?\sr\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?(?:row|c)[\s/>]")
# Longer text is no name of anything; clipped, so that verdicts which repeat it stay small.
_MAX_CELL = 200
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
            taken = {name: cells[place][:_MAX_CELL] if place < len(cells) else "" for name, place in places.items()}
            rows.append(SheetRow(line=line, **{name: taken.get(name, "") for name in _COLUMNS}))
    if not rows:
        raise _bad("Под заголовком нет ни одной строки")
    return rows


def _read_xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive)
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, OSError, IndexError, RuntimeError, NotImplementedError) as error:
        raise _bad("Файл не читается как книга xlsx") from error
    return [[_text(cell) for cell in row] for row in sheet]


def _check(archive: zipfile.ZipFile) -> None:
    """Raises BadFile for a bomb, a book with macros, another kind of book, and cells far outside of any timetable."""
    names = {name.lower() for name in archive.namelist()}
    if "xl/vbaproject.bin" in names:
        raise _bad("Книга с макросами: сохраните её как xlsx без макросов")
    if "xl/workbook.xml" not in names:
        raise _bad("Нужна книга xlsx")
    left = _MAX_UNPACKED
    for name in archive.namelist():
        with archive.open(name) as entry:
            content = entry.read(left + 1)  # the promised size is not believed
        left -= len(content)
        if left < 0:
            raise _bad("Файл слишком велик в распакованном виде")
        if b"sheetData" in content:
            _check_places(content)


def _check_places(sheet: bytes) -> None:
    places = 0
    for match in _PLACE.finditer(sheet):
        places += 1
        if not _COLUMNS_UPTO.fullmatch(match[2].upper()) or len(match[3]) > len(str(MAX_ROWS)) or int(match[3]) > MAX_ROWS + 1:
            raise _bad(f"Лист слишком велик: не больше {MAX_ROWS} строк и 52 столбцов")
    if places < len(_CELL.findall(sheet)):
        raise _bad("В листе есть ячейки без адреса: откройте файл в Excel и сохраните заново")


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
