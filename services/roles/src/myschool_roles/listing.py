"""Lists that an operator hands to a command: a CSV, refused whole in words that name rows and what to change."""

import csv
from collections.abc import Iterable, Sequence

_MOST_TOLD = 20

Row = tuple[int, dict[str, str]]


class BadList(Exception):
    """The list has faults; nothing of it is stored. Its text names rows and what to change."""


def table(lines: Iterable[str], columns: Sequence[str]) -> list[Row]:
    """Rows with their numbers out of a CSV with semicolons and at least these columns, in any order. Raises BadList."""
    reader = csv.DictReader(lines, delimiter=";", strict=True)
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise BadList(f"the first line lacks the columns {', '.join(missing)}; columns are separated by semicolons")
        rows = [(number, {name: (row[name] or "").strip() for name in columns}) for number, row in enumerate(reader, 2)]
    except csv.Error as error:
        raise BadList(f"the list is no CSV in UTF-8: {error}") from error
    if not rows:
        raise BadList("the list has no row")
    refuse(
        [f"row {number}: {name} has a sign that cannot be shown" for number, row in rows for name in columns if not row[name].isprintable()]
    )
    return rows


def repeated(rows: Iterable[Row], *key: str) -> list[str]:
    """Faults of rows that have the key of an earlier one."""
    seen: dict[tuple[str, ...], int] = {}
    firsts = [(number, seen.setdefault(tuple(row[name] for name in key), number)) for number, row in rows]
    return [f"row {number}: {', '.join(key)} stands in row {first} already" for number, first in firsts if first != number]


def refuse(faults: Sequence[str]) -> None:
    """Raises BadList when there are any; the first twenty are told."""
    if faults:
        more = f"\n… and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
        raise BadList("\n".join(faults[:_MOST_TOLD]) + more)
