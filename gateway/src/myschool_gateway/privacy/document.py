"""The archive a person takes along: each part as JSON, and one page to read it in."""

import html
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import orjson

from myschool_gateway.privacy.words import CELLS, COLUMNS, SERVICES

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:32px auto;padding:0 16px;color:#1d2136}"
    "table{border-collapse:collapse;width:100%;font-size:13px;margin:8px 0 24px}"
    "td,th{border:1px solid #d3cfc5;padding:4px 8px;text-align:left;vertical-align:top}"
    "th{background:#faf9f7}h2{margin-top:40px}p{color:#5b6075}"
)


@dataclass(frozen=True, slots=True)
class PartData:
    """Rows of one part as the service sent them, page after page."""

    service: str
    name: str
    title: str
    pages: Sequence[bytes]

    @property
    def rows(self) -> list[dict[str, object]]:
        """All rows."""
        return [row for page in self.pages for row in orjson.loads(page)]


def write(target: BinaryIO, name: str, made: str, parts: Sequence[PartData]) -> int:
    """Writes the zip; answers how many rows are in it."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("мои данные.html", "w", force_zip64=True) as page:
        page.write(_head(name, made).encode())
        service = ""
        for part in parts:
            rows = part.rows
            count += len(rows)
            if part.service != service:
                service = part.service
                page.write(f"<h2>{html.escape(SERVICES[service])}</h2>".encode())
            page.write(_table(part.title, rows).encode())
        page.write(b"</body></html>")
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(f"json/{part.service}/{part.name}.json", orjson.dumps(part.rows, option=orjson.OPT_INDENT_2))
    return count


def _head(name: str, made: str) -> str:
    title = f"Мои данные в «Моей школе»: {html.escape(name)}"
    return (
        f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>Собрано {html.escape(made)} (UTC). То же самое для программ лежит в папке json.</p>"
    )


def _table(title: str, rows: Sequence[dict[str, object]]) -> str:
    head = f"<h3>{html.escape(title)}</h3>"
    if not rows:
        return f"{head}<p>Ничего нет.</p>"
    columns = list(rows[0])
    names = "".join(f"<th>{html.escape(COLUMNS.get(column, column))}</th>" for column in columns)
    lines = "".join(f"<tr>{''.join(f'<td>{html.escape(_cell(row.get(column)))}</td>' for column in columns)}</tr>" for row in rows)
    return f"{head}<table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: object) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return CELLS.get(str(value), str(value))
