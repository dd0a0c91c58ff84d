"""Backup and point-in-time restore of an instance's PostgreSQL: one base backup, and the write-ahead log as it is written."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil

from myschool_stack import probes, process
from myschool_stack.account import Account, private_folder
from myschool_stack.errors import StackError

_SLOT = "myschool_archive"
_STREAMS_S = 30.0
_RECOVERED_S = 300.0
# «partial» is the segment that was being written when the server died: the most recent work is in there.
_FETCH = 'cp "{wal}/%f" "%p" || cp "{wal}/%f.partial" "%p"'


@dataclass(frozen=True)
class Server:
    """A running server: its address, its programs, its data folder and the user it runs as."""

    url: str
    programs: Path
    data: Path
    account: Account | None

    @classmethod
    async def of(cls, url: str, pid: int, account: Account | None) -> "Server":
        """The server behind an address and a process."""
        connection = await asyncpg.connect(f"{url}/postgres")
        try:
            data = Path(await connection.fetchval("SHOW data_directory"))
        finally:
            await connection.close()
        return cls(url, Path(psutil.Process(pid).exe()).parent, data, account)


class Backup:
    """A folder with a base backup and everything written since."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        # The server's own user reads the log back: the folder lies where that user can reach it.
        private_folder(folder)
        self.base, self.wal = folder / "base", folder / "wal"
        self._folder = folder
        self.data = server.data
        self._receiver: subprocess.Popen[bytes] | None = None

    async def begin(self) -> float:
        """Streams the log from now on and copies the data; answers the seconds of the copy. A commit waits for the archive from here on."""
        for place in (self.base, self.wal):
            shutil.rmtree(place, ignore_errors=True)
        self.wal.mkdir()
        arguments = ["-D", str(self.wal), "--slot", _SLOT, "--synchronous", "--no-loop"]
        subprocess.run(self._program("pg_receivewal", "--slot", _SLOT, "--create-slot", "--if-not-exists"), env=self._env(), check=True)
        log = self._folder / "receive.log"
        self._receiver = process.spawn(self._program("pg_receivewal", *arguments), self._env(), log, Path("/"))
        connection = await asyncpg.connect(f"{self._server.url}/postgres")
        try:
            await self._streams(connection)
            await connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'")
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()
        began = time.monotonic()
        copy = ["-D", str(self.base), "-X", "none", "--checkpoint=fast"]
        subprocess.run(self._program("pg_basebackup", *copy), env=self._env(), check=True)
        seconds = time.monotonic() - began
        subprocess.run([str(self._server.programs / "pg_verifybackup"), "-n", str(self.base)], check=True, capture_output=True)
        return seconds

    async def _streams(self, connection: asyncpg.Connection) -> None:
        until = time.monotonic() + _STREAMS_S
        while not await connection.fetchval("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"):
            if time.monotonic() > until:
                raise StackError("The archive of the write-ahead log does not begin.", f"See {self._folder / 'receive.log'}.")
            await asyncio.sleep(0.1)

    def end(self) -> None:
        """Stops streaming."""
        if self._receiver is not None:
            process.end(self._receiver, signal.SIGINT, 10)

    def restore(self, data: Path, until: str = "") -> None:
        """A new data folder: the base, which its server then brings to the instant (ISO time), or to the last thing archived."""
        shutil.copytree(self.base, data, symlinks=True)
        lines = [
            "restore_command = '" + _FETCH.format(wal=self.wal) + "'",
            "synchronous_standby_names = ''",
            "recovery_target_action = 'promote'",
        ]
        if until:
            lines.append(f"recovery_target_time = '{until}'")
        with (data / "postgresql.auto.conf").open("a") as file:
            file.write("\n".join(["", *lines, ""]))
        (data / "recovery.signal").touch()
        data.chmod(0o700)
        if self._server.account is not None:
            for place in (data, self.wal):
                for folder, _folders, files in os.walk(place):
                    self._server.account.own(Path(folder))
                    for name in files:
                        self._server.account.own(Path(folder) / name)

    @asynccontextmanager
    async def beside(self, data: Path, port: int) -> AsyncIterator[str]:
        """A server on a restored folder, beside the living one; answers its address once it has recovered."""
        command = [str(self._server.programs / "postgres"), "-D", str(data), "-p", str(port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=400"]
        log = self._folder / "beside.log"
        running = process.spawn(command, {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, log, Path("/"), self._server.account)
        address = urlsplit(self._server.url)
        url = f"{address.scheme}://{address.username}:{address.password}@127.0.0.1:{port}"
        try:
            await await_recovered(url, log)
            yield url
        finally:
            process.end(running, signal.SIGINT, 30)

    def _program(self, name: str, *arguments: str) -> list[str]:
        address = urlsplit(self._server.url)
        where = ["-h", address.hostname or "127.0.0.1", "-p", str(address.port), "-U", address.username or "", "-w"]
        return [str(self._server.programs / name), *where, *arguments]

    def _env(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGPASSWORD": urlsplit(self._server.url).password or ""}


async def await_recovered(url: str, log: Path) -> None:
    """Returns once the server takes writes."""
    until = time.monotonic() + _RECOVERED_S
    while not await asyncio.to_thread(probes.postgres_writes, url):
        if time.monotonic() > until:
            raise StackError(f"The restored server does not recover; the end of {log}:\n{process.tail(log)}")
        await asyncio.sleep(0.1)
