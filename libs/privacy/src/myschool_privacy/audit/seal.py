"""One writer binds the rows of a service into a chain, a moment after they were written."""

import asyncio
import contextlib

from myschool_kit.db import DRIVER, Database, UnitOfWork
from myschool_kit.telemetry import logger
from myschool_privacy.audit.chain import COLUMNS, Head, sealed

_log = logger(__name__)
_SELECTED = ", ".join(f"e.{name}" for name in COLUMNS)
_BATCH = 2000
# Rows of neighbours may be committed out of the order of their numbers; so far back the sealer looks for late ones.
_LATE, _LATE_AT_START = 20_000, 1_000_000
_SWEEP_S = 10.0
# The end of the chain is told to the log, which lies outside of the database's reach.
_TELL_S = 300.0
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('myschool_seal'))"
_HEAD = "SELECT seq, hash, entry_id FROM access_head"
_LOOSE = f"""
SELECT {_SELECTED} FROM access_entry e
WHERE e.id > $1 AND NOT EXISTS (SELECT FROM access_seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT {_BATCH}
"""
_SEAL = "INSERT INTO access_seal (seq, entry_id, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])"
_MOVE = "UPDATE access_head SET seq = $1, hash = $2, entry_id = greatest(entry_id, $3)"


class Sealer:
    """Seals in the background; several processes may run one, an advisory lock lets one at a time write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = asyncio.Event()
        self._late = _LATE_AT_START
        self._told_at = -_TELL_S

    def wake(self) -> None:
        """There are new rows."""
        self._woken.set()

    async def run(self) -> None:
        """Seals whenever woken, and now and then for the rows of processes that were killed."""
        while True:
            self._woken.clear()
            try:
                await self.seal()
            except DRIVER as error:
                _log.warning("sealing_waits", error=type(error).__name__)
                await asyncio.sleep(1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_S):  # unlike wait_for it never swallows the cancellation that ends the process
                    await self._woken.wait()

    async def seal(self) -> int:
        """Seals what is loose; answers how many rows this call has bound."""
        count = 0
        while True:
            async with self._database.begin() as uow:
                fresh = await self._batch(uow)
            count += fresh
            if fresh < _BATCH:
                self._late = _LATE
                return count

    async def _batch(self, uow: UnitOfWork) -> int:
        if not await uow.raw.fetchval(_ALONE):
            return 0
        head = await uow.raw.fetchrow(_HEAD)
        if head is None:  # somebody took the end away: nothing is bound to nothing, and `verify-audit` tells
            return 0
        rows = await uow.raw.fetch(_LOOSE, head["entry_id"] - self._late)
        if not rows:
            return 0
        seq, digest, hashes = head["seq"], bytes(head["hash"]), list[bytes]()
        for row in rows:
            digest = sealed(digest, tuple(row))
            hashes.append(digest)
        await uow.raw.execute(_SEAL, list(range(seq + 1, seq + 1 + len(rows))), [row["id"] for row in rows], hashes)
        await uow.raw.execute(_MOVE, seq + len(rows), digest, rows[-1]["id"])
        self._tell(Head(seq + len(rows), digest))
        return len(rows)

    def _tell(self, head: Head) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= _TELL_S:
            self._told_at = now
            _log.info("audit_head", head=str(head))
