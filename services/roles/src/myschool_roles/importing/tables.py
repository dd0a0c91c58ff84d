"""Uploaded bytes → tables of text, with guards against bombs, wrong formats and wrong columns."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from myschool_kit.errors import Violation
from myschool_roles.errors import FileUnreadable
from myschool_roles.importing.model import plain

MAX_UNPACKED = 64 * 1024 * 1024
MAX_ROWS = 20_000
_MAX_COLUMNS = 60
_MAX_CELL = 500
_MAX_ENTRIES = 500
_SAMPLE = 4096
# The reader lays a sheet out as a rectangle up to its last cell: one cell at XFD1048576 would take half a terabyte.
_COLUMNS_UPTO = re.compile(rb"A?[A-Z]|")
_PLACE = re.compile(rb"""<(?:\w+:)?(?:row|c)\b(?:[^>"']|"[^"]*"|'[^']*')*?\sr\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?(?:row|c)[\s/>]")
# Marks without a picture that come along from web pages: they make two equal names unequal.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


@dataclass(frozen=True)
class Table:
    """A sheet or file: cells by column name (as `plain` writes it), with the line each row stands on."""

    name: str
    columns: frozenset[str]
    rows: list[tuple[int, dict[str, str]]]


def unreadable(message: str) -> FileUnreadable:
    """The error of a whole file, in words for the page."""
    return FileUnreadable(message, violations=[Violation("file", message)])


def unpack(content: bytes) -> zipfile.ZipFile:
    """An archive that is safe to read: no bomb, no paths that climb, no encryption."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise unreadable("Файл не читается как архив: выгрузите его заново") from error
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise unreadable("Архив слишком велик в распакованном виде")
    if any(entry.flag_bits & 1 for entry in entries):
        raise unreadable("Архив защищён паролем: снимите защиту")
    if any(entry.filename.startswith(("/", "\\")) or ".." in entry.filename for entry in entries):
        raise unreadable("В архиве недопустимые имена файлов")
    return archive


def read_entry(archive: zipfile.ZipFile, name: str, most: int = MAX_UNPACKED) -> bytes:
    """One file of an archive; the promised size is not believed."""
    try:
        with archive.open(name) as entry:
            content = entry.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise unreadable(f"Файл {name} в архиве повреждён") from error
    if len(content) > most:
        raise unreadable("Архив слишком велик в распакованном виде")
    return content


def read_book(content: bytes) -> dict[str, list[list[str]]]:
    """Sheets of an xlsx book as text."""
    archive = unpack(content)
    names = {name.lower() for name in archive.namelist()}
    if "xl/vbaproject.bin" in names:
        raise unreadable("Книга с макросами: сохраните её как xlsx без макросов")
    if "xl/workbook.xml" not in names:
        raise unreadable("Файл не читается как книга xlsx: сохраните его заново в этом формате")
    left = MAX_UNPACKED
    for name in archive.namelist():
        entry = read_entry(archive, name, left)
        left -= len(entry)
        if b"sheetData" in entry:
            _check_places(entry)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {name: _sheet(book, name) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable("Файл не читается как книга xlsx: сохраните его заново в этом формате") from error


def _check_places(sheet: bytes) -> None:
    places = 0
    for match in _PLACE.finditer(sheet):
        places += 1
        if not _COLUMNS_UPTO.fullmatch(match[1].upper()) or len(match[2]) > 5 or int(match[2]) > MAX_ROWS + 100:
            raise unreadable(f"Лист слишком велик: не больше {MAX_ROWS} строк и 52 столбцов")
    if places < len(_CELL.findall(sheet)):
        raise unreadable("В листе есть ячейки без адреса: откройте файл в Excel и сохраните заново")


def _sheet(book: CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > MAX_ROWS + 100 or sheet.total_width > 1000:
        raise unreadable(f"Лист «{name[:40]}» слишком велик: не больше {MAX_ROWS} строк")
    return [[_text(cell) for cell in row] for row in sheet.iter_rows()]


def _text(cell: object) -> str:
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell).replace("\x00", "").replace("\xa0", " ").strip()


def read_csv(content: bytes) -> list[list[str]]:
    """Rows of a csv file in UTF-8 or Windows-1251, separated by semicolons, commas or tabs."""
    if b"\x00" in content:
        raise unreadable("Файл не читается как csv: в нём двоичные данные")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    header = text[:_SAMPLE].partition("\n")[0]
    delimiter = max(";,\t", key=header.count)
    try:
        return list(_capped(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as error:
        raise unreadable("Файл не читается как csv: проверьте кавычки и разделители") from error


def _capped(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(reader):
        if number > MAX_ROWS:
            raise unreadable(f"В файле больше {MAX_ROWS} строк")
        yield row


def _clean(cell: str) -> str:
    """A cell as people see it: «й» of two signs is one letter, what has no picture is nothing."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", cell)).strip()


def table(name: str, cells: Sequence[Sequence[str]], required: Sequence[str]) -> Table:
    """A table whose first filled row names the columns. Raises FileUnreadable when a required one is missing."""
    start = next((number for number, row in enumerate(cells) if any(cell.strip() for cell in row)), None)
    if start is None:
        raise unreadable(f"«{name}»: нет строки с названиями столбцов ({', '.join(required)})")
    header = [plain(_clean(cell)) for cell in cells[start]]
    named = [cell for cell in header if cell]
    missing = [column for column in required if plain(column) not in named]
    if missing:
        raise unreadable(f"«{name}»: нет столбца {', '.join(f'«{column}»' for column in missing)}")
    if len(named) > _MAX_COLUMNS or len(set(named)) != len(named):
        raise unreadable(f"«{name}»: названия столбцов повторяются или их слишком много")
    rows = [
        (line, dict.fromkeys(named, "") | {column: _clean(cell)[:_MAX_CELL] for column, cell in zip(header, row, strict=False) if column})
        for line, row in enumerate(cells[start + 1 :], start + 2)
        if any(cell.strip() for cell in row)
    ]
    if len(rows) > MAX_ROWS:
        raise unreadable(f"«{name}»: больше {MAX_ROWS} строк")
    return Table(name, frozenset(named), rows)
