"""Says whether the record of a service is as it was written, or which row is the first that is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from myschool_privacy.audit.chain import COLUMNS, Head, sealed

_PAGE = 5000
_HEAD = "SELECT seq, hash FROM access_head"
_CHAIN = f"""
SELECT s.seq, s.entry_id, s.hash AS seal, {", ".join(f"e.{name}" for name in COLUMNS)}
FROM access_seal s LEFT JOIN access_entry e ON e.id = s.entry_id WHERE s.seq > $1 ORDER BY s.seq LIMIT {_PAGE}
"""
# A row is bound within seconds; one that is loose for longer was put in beside the application, or its seal was taken away.
_LOOSE = """
SELECT e.id FROM access_entry e WHERE e.at < now() - interval '10 minutes'
AND NOT EXISTS (SELECT FROM access_seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` says in words what is wrong first; empty when the record is whole. `head` is where the chain ends by its rows."""

    head: Head
    broken: str = ""


async def verify(connection: asyncpg.Connection, known: Sequence[Head] = ()) -> Verdict:
    """Reads the whole chain. `known` are ends seen earlier and kept outside: they show even a tail cut together with its mark."""
    head, waiting = Head(0, b""), {one.seq: one.hash for one in known}
    while rows := await connection.fetch(_CHAIN, head.seq):
        for row in rows:
            wrong = _broken(head, row)
            if wrong:
                return Verdict(head, wrong)
            head = Head(row["seq"], bytes(row["seal"]))
            if waiting.pop(head.seq, head.hash) != head.hash:
                return Verdict(head, f"row {head.seq} differs from what was noted before: the chain was written anew")
    return Verdict(head, _cut(head, await connection.fetchrow(_HEAD), waiting) or await _loose(connection))


def _broken(before: Head, row: Any) -> str:
    if row["seq"] != before.seq + 1:
        return f"row {before.seq + 1} is missing: the next is {row['seq']}"
    if row["id"] is None:
        return f"row {row['seq']} (entry {row['entry_id']}) was deleted"
    if sealed(before.hash, [row[name] for name in COLUMNS]) != row["seal"]:
        return f"row {row['seq']} (entry {row['entry_id']}) was changed or moved"
    return ""


def _cut(head: Head, stored: Any, waiting: dict[int, bytes]) -> str:
    if stored is None or (stored["seq"], bytes(stored["hash"])) != (head.seq, head.hash):
        return f"the end is cut: the chain stops after row {head.seq}, {stored['seq'] if stored else 'no'} rows were bound"
    if waiting:
        return f"the end is cut: the chain stops after row {head.seq}, row {max(waiting)} was noted before"
    return ""


async def _loose(connection: asyncpg.Connection) -> str:
    entry = await connection.fetchval(_LOOSE)
    return "" if entry is None else f"entry {entry} is not in the chain"
