"""What an e-mail address is, when a letter is tried again. Pure."""

import re
from datetime import datetime, timedelta
from typing import Final

from myschool_kit.errors import Invalid, Violation

SIGN_IN: Final = "sign_in"
ACCOUNT: Final = "account"
KINDS: Final = (SIGN_IN, ACCOUNT)

MOST = 3
CODE_GOOD_FOR = timedelta(minutes=15)
CODE_AGAIN = timedelta(minutes=1)
CODES_A_DAY = 10
TRIES = 5
GIVE_UP = timedelta(hours=24)

_LONGEST, _LONGEST_LOCAL = 254, 64
# RFC 5321 without quoted local parts, which no mail service gives out.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


def address(typed: str) -> str:
    """The address as mail servers write it: domain in small letters, a Russian one as xn--… Raises Invalid, never with the address."""
    local, at, domain = typed.strip().rpartition("@")
    try:
        written = domain.encode("idna").decode().lower()
    except UnicodeError:
        written = ""
    whole = f"{local}@{written}"
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(written) or len(local) > _LONGEST_LOCAL or len(whole) > _LONGEST:
        raise Invalid("not an e-mail address", violations=[Violation("address", "write it like name@example.ru")])
    return whole


def shown(address: str) -> str:
    """As its owner reads it: a Russian domain in Russian letters."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode().decode('idna')}"
    except UnicodeError:
        return address


def same(one: str, other: str) -> bool:
    """Whether both reach one mailbox, as far as anybody but its server can tell."""
    return one.casefold() == other.casefold()


def again(tries: int) -> timedelta:
    """How long a letter waits after that many tries."""
    wait: timedelta = _FIRST_WAIT * 2 ** min(tries, 10)
    return min(wait, _LONGEST_WAIT)


def lives_until(act: str, created_at: datetime) -> datetime:
    """From when on it makes no sense to send the letter."""
    return created_at + (CODE_GOOD_FOR if act == "code" else GIVE_UP)


def context(address_id: object) -> str:
    """What a sealed address is bound to."""
    return f"notice:{address_id}"
