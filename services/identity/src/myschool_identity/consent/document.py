"""The ledger of one person as a document to read, print and keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from myschool_identity.consent.rules import Act

_ACTS = {Act.GIVEN: "Согласие дано", Act.DECLINED: "Согласие не дано", Act.WITHDRAWN: "Согласие отозвано"}
_PAGE = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Согласия: {name}</title>
<style>
body {{ font: 15px/22px system-ui, sans-serif; color: #1d2136; max-width: 760px; margin: 32px auto; padding: 0 16px; }}
h1 {{ font-size: 24px; line-height: 30px; }} h2 {{ font-size: 17px; margin: 0 0 4px; }}
section {{ border-top: 1px solid #d3cfc5; padding: 16px 0; break-inside: avoid; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 8px 0; }}
dt {{ color: #5b6075; }} dd {{ margin: 0; overflow-wrap: anywhere; }}
blockquote {{ margin: 8px 0 0; padding: 8px 12px; background: #faf9f7; white-space: pre-line; }}
</style>
</head>
<body>
<h1>Согласия в «Моей школе»</h1>
<p>{name}. Составлено {made} (UTC). Записей: {count}, сначала новые.</p>
<p>Записи только добавляются и не меняются. Отпечаток — SHA-256 от названия и текста, который был показан: по нему можно проверить,
что текст тот же.</p>
{sections}
</body>
</html>
"""
_SECTION = """<section>
<h2>{title}</h2>
<dl>
<dt>Что</dt><dd>{act}</dd>
<dt>Когда</dt><dd>{at} (UTC)</dd>
<dt>Кто</dt><dd>{actor}{capacity}</dd>
<dt>Сеанс</dt><dd>{session}</dd>
<dt>Редакция</dt><dd>{version}</dd>
<dt>Отпечаток</dt><dd>{text_hash}</dd>
</dl>
<blockquote>{text}</blockquote>
</section>"""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as it is written out; `at` is UTC."""

    title: str
    text: str
    version: str
    act: Act
    actor: str
    by_self: bool
    session: str
    at: datetime
    text_hash: str


def render(name: str, lines: Sequence[Line], made: datetime) -> str:
    """The whole document; it needs nothing from outside."""
    sections = "\n".join(_section(line) for line in lines) or "<p>Записей нет.</p>"
    return _PAGE.format(name=escape(name), made=f"{made:%d.%m.%Y %H:%M}", count=len(lines), sections=sections)


def _section(line: Line) -> str:
    return _SECTION.format(
        title=escape(line.title),
        act=_ACTS[line.act],
        at=f"{line.at:%d.%m.%Y %H:%M:%S}",
        actor=escape(line.actor) or "—",
        capacity="" if line.by_self else ", законный представитель",
        session=escape(line.session) or "—",
        version=escape(line.version),
        text_hash=escape(line.text_hash),
        text=escape(line.text) or "Текст этой редакции не сохранился.",
    )
