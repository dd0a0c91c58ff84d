"""SQL statements of one act, as PostgreSQL itself logs them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

_MARK = "bench|"
_ACTS = 10
# Transaction control, what relays and sealers poll, which belongs to no request, and what the bench itself does.
_NOT_COUNTED = ("begin", "commit", "rollback", "deallocate")
_OF_RELAYS = ("from outbox where published_at is null", "update outbox set published_at", "alter system", "pg_reload_conf", "touch_pages")
_OF_SEALERS = ("access_seal", "access_head", "myschool_seal", "erasure_request")


class Statements:
    """Switches statement logging on for a moment. `log` is the server's log file."""

    def __init__(self, admin: asyncpg.Connection, log: Path, database: str) -> None:
        self._admin = admin
        self._log = log
        self._database = database

    async def per_act(self, act: Callable[[int], Awaitable[None]], first: int) -> float:
        """Statements an act runs on the service's database, averaged over some acts one after the other."""
        await self._set("log_line_prefix", f"'{_MARK}%d|'")
        await self._set("log_statement", "'all'")
        start = self._log.stat().st_size
        try:
            for number in range(first, first + _ACTS):
                await act(number)
        finally:
            await self._set("log_statement", "'none'")
        with self._log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
        return sum(map(self._is_counted, lines)) / _ACTS

    def _is_counted(self, line: str) -> bool:
        prefix, _, rest = line.partition("|LOG:")
        if prefix != f"{_MARK}{self._database}" or not rest:
            return False
        kind, _, sql = rest.strip().partition(": ")
        text = " ".join(sql.lower().split())
        return (
            (kind == "statement" or kind.startswith("execute"))
            and not text.startswith(_NOT_COUNTED)
            and not any(own in text for own in (*_OF_RELAYS, *_OF_SEALERS))
        )

    async def _set(self, name: str, value: str) -> None:
        await self._admin.execute(f"ALTER SYSTEM SET {name} = {value}")
        await self._admin.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.3)  # every server process takes the new setting over by itself
