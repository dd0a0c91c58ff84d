"""A mail server that keeps every letter in a folder instead of sending it on: aiosmtpd from its wheel."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from myschool_stack import probes
from myschool_stack.layout import Profile
from myschool_stack.parts.base import Part, Work, python


class Mail(Part):
    """Letters about accounts; `make letters` shows them."""

    name = "mail"
    ports = ("mail",)
    stop_rank = 3  # after identity, which may be in the middle of a letter

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.profile.port('mail')}"

    def prepare(self, work: Work) -> None:
        """The folder; the handler makes its mailbox inside."""
        _mailbox(self.profile).parent.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        """The library's own server and handler."""
        return python(
            "aiosmtpd", "--nosetuid", "--listen", self.address, "--class", "aiosmtpd.handlers.Mailbox", str(_mailbox(self.profile))
        )

    def ready(self) -> bool:
        """Greets."""
        return probes.smtp_greets("127.0.0.1", self.profile.port("mail"))


def letters(profile: Profile) -> Iterator[EmailMessage]:
    """What has arrived, oldest first."""
    folder = _mailbox(profile) / "new"
    paths = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []
    for path in paths:
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        if isinstance(letter, EmailMessage):
            yield letter


def _mailbox(profile: Profile) -> Path:
    return profile.home / "mail" / "box"
