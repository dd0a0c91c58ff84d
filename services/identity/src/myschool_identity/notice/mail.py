"""How the region's mail server is reached: MYSCHOOL_SMTP_URL, MYSCHOOL_MAIL_FROM."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

_TIMEOUT_S = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


class BadMailAddress(ValueError):
    """A setting that no mail server can be reached by; its text never repeats the setting, which may hold a password."""


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


def check(url: str) -> str:
    """The address itself when it can be used. Raises BadMailAddress."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0 and not parts.path.strip("/") and not parts.query
    except ValueError:
        fine = False
    if not fine or bool(parts.username) != bool(parts.password):
        message = "write it like smtp://mail.region.ru:587 or smtps://user:password@mail.region.ru"
        raise BadMailAddress(message)
    return url


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
