"""How the region's mail server is reached: MYSCHOOL_SMTP_URL, MYSCHOOL_MAIL_FROM."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

_TIMEOUT_S = 20.0
_PORTS = {"smtp": 25, "smtps": 465}
# ValueError: a name that DNS cannot hold, an address that cannot be sent.
_BROKEN = (aiosmtplib.SMTPException, OSError, ValueError)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


class BadMailAddress(ValueError):
    """A setting that no mail server can be reached by; its text never repeats the setting, which may hold a password."""


class MailAway(Exception):
    """No letter can be sent now (`for_all`), or the server broke off at one. `what` is the kind of fault, no more."""

    def __init__(self, what: str, *, for_all: bool) -> None:
        super().__init__(what)
        self.what = what
        self.for_all = for_all


class LetterRefused(Exception):
    """The server's word about one letter: an SMTP code of 400 or more."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """An open connection to the mail server, good until a time of the loop's clock."""

    def __init__(self, server: aiosmtplib.SMTP, until: float) -> None:
        self._server = server
        self._until = until

    async def send(self, message: EmailMessage) -> None:
        """The server has taken the letter. Raises LetterRefused, MailAway."""
        with _away(for_all=False):
            async with asyncio.timeout_at(self._until):
                try:
                    await self._server.send_message(message)
                except aiosmtplib.SMTPRecipientsRefused as error:
                    raise LetterRefused(error.recipients[0].code) from error
                except aiosmtplib.SMTPDataError as error:
                    raise LetterRefused(error.code) from error
                except aiosmtplib.SMTPSenderRefused as error:
                    # It is us whom the server does not want: no letter would fare better.
                    raise MailAway(type(error).__name__, for_all=True) from error


@dataclass(frozen=True)
class Mail:
    """A mail server. `sender` is what stands in From, `page` where people switch letters off."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    sender: str
    page: str

    @property
    def domain(self) -> str:
        """Of the sender."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    def connection(self) -> aiosmtplib.SMTP:
        """To be used as a context. A password is only sent over TLS; without one TLS is used where the server offers it."""
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user or None,
            password=self.password or None,
            use_tls=self.is_tls,
            start_tls=None if self.is_tls or not self.user else True,
            timeout=_TIMEOUT_S,
        )

    @asynccontextmanager
    async def line(self, seconds: float) -> AsyncIterator[Line]:
        """A connection for at most so long. Whoever leaves it by an error does not wait for the server's farewell. Raises MailAway."""
        server, until = self.connection(), asyncio.get_running_loop().time() + seconds
        try:
            with _away(for_all=True):
                async with asyncio.timeout_at(until):
                    await server.connect()
            yield Line(server, until)
            with suppress(*_BROKEN):
                async with asyncio.timeout_at(until):
                    await server.quit()
        finally:
            server.close()


@contextmanager
def _away(*, for_all: bool) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise MailAway(type(error).__name__, for_all=for_all) from error


def check(url: str) -> str:
    """The address itself when it can be used. Raises BadMailAddress."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in _PORTS and _is_host(parts.hostname or "") and parts.port != 0
        fine = fine and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        fine = False
    if not fine or bool(parts.username) != bool(parts.password):
        message = "write it like smtp://mail.region.ru:587 or smtps://user:password@mail.region.ru"
        raise BadMailAddress(message)
    return url


def _is_host(name: str) -> bool:
    """An IP address, or a name that DNS can hold: any other would only be found out with the first letter."""
    if ":" in name:  # urlsplit has looked at what stands in brackets
        return True
    labels = name.removesuffix(".").encode("idna").decode().lower().split(".")
    return all(_LABEL.fullmatch(label) for label in labels)


def check_sender(sender: str) -> str:
    """The text itself when it is one address, with or without a name before it. Raises BadMailAddress."""
    message = EmailMessage()
    try:
        message["From"] = sender
        found: tuple[Address, ...] = message["From"].addresses
        fine = len(found) == 1 and bool(found[0].username) and bool(found[0].domain) and found[0].addr_spec.isascii()
    except (ValueError, IndexError):
        fine = False
    if not fine:
        wish = "write it like noreply@region.ru or Моя школа <noreply@region.ru>"
        raise BadMailAddress(wish)
    return sender


def opened(url: str, sender: str, page: str) -> Mail | None:
    """The mail server of these settings; None where the region sends no letters."""
    if not url:
        return None
    parts = urlsplit(check(url))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Mail(str(parts.hostname), parts.port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password, sender, page)
