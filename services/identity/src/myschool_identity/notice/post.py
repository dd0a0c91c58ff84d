"""Sends the letters that are due, one connection a batch; a mail server that is away costs nobody else anything."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime

import aiosmtplib
import asyncpg
import orjson

from myschool_identity.consent.rules import DEFAULT_ZONE
from myschool_identity.notice import rules, texts
from myschool_identity.notice.code import Codes
from myschool_identity.notice.mail import Mail
from myschool_identity.notice.repository import LetterRepository
from myschool_kit import clock
from myschool_kit.db import DRIVER, Database
from myschool_kit.telemetry import logger
from myschool_privacy.envelope import EnvelopeCipher

_log = logger(__name__)
_EVERY_S = 2.0
_BATCH = 20
_HOLD_FOR = timedelta(minutes=5)
_SEND_FOR_S = 240.0
_LETTERS_KEPT, _REMOVED_KEPT = timedelta(days=30), timedelta(days=1)
_TIDY_EVERY = timedelta(hours=1)
_PERMANENT = 500


class Post:
    """The sender. A letter goes out once; twice only when a process dies between the mail server's word and its own note of it."""

    def __init__(self, database: Database, letters: LetterRepository, keys: tuple[EnvelopeCipher, Codes], mail: Mail) -> None:
        self._database = database
        self._letters = letters
        self._cipher, self._codes = keys
        self._mail = mail
        self._tidied = clock.now()

    async def run(self) -> None:
        """Sends while the process serves."""
        while True:
            try:
                more = await self.send_due() == _BATCH
                await self._tidy()
            except DRIVER as error:
                more = False
                _log.warning("letters_wait", error=type(error).__name__)
            await asyncio.sleep(0 if more else _EVERY_S)

    async def send_due(self) -> int:
        """How many letters were taken up, sent or not."""
        now = clock.now()
        async with self._database.begin() as uow:
            due = await self._letters.take(uow.raw, now, _HOLD_FOR, _BATCH)
        living = [row for row in due if rules.lives_until(row["act"], row["created_at"]) > now and _is_wanted(row)]
        for row in due:
            if row not in living:
                await self._give_up(row)
        if living:
            await self._send(living)
        return len(due)

    async def _send(self, rows: list[asyncpg.Record]) -> None:
        try:
            # A slow server may not keep letters beyond the time for which they are ours: another process would send them too.
            async with asyncio.timeout(_SEND_FOR_S), self._mail.connection() as server:
                for row in rows:
                    await self._send_one(server, row)
        except (aiosmtplib.SMTPException, OSError) as error:
            _log.warning("mail_server_away", error=type(error).__name__)
            for row in rows:
                await self._again(row)

    async def _send_one(self, server: aiosmtplib.SMTP, row: asyncpg.Record) -> None:
        message = await self._readable(row)
        if message is None:
            await self._again(row)
            return
        try:
            await server.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            await self._refused(row, error.recipients[0].code)
        except aiosmtplib.SMTPDataError as error:
            await self._refused(row, error.code)
        else:
            async with self._database.begin() as uow:
                await self._letters.sent(uow.raw, row["id"], clock.now())

    async def _readable(self, row: asyncpg.Record) -> EmailMessage | None:
        """The letter; None when this process cannot write it: an act of newer code, a key not here yet. It holds up no other."""
        try:
            return await self._message(row)
        except DRIVER:
            raise
        except Exception as error:
            _log.warning("letter_unreadable", letter_id=str(row["id"]), act=row["act"], error=type(error).__name__)
            return None

    async def _refused(self, row: asyncpg.Record, code: int) -> None:
        _log.warning("letter_refused", letter_id=str(row["id"]), code=code)
        await (self._give_up(row) if code >= _PERMANENT else self._again(row))

    async def _again(self, row: asyncpg.Record) -> None:
        async with self._database.begin() as uow:
            await self._letters.again(uow.raw, row["id"], clock.now() + rules.again(row["tries"]))

    async def _give_up(self, row: asyncpg.Record) -> None:
        async with self._database.begin() as uow:
            await self._letters.give_up(uow.raw, row["id"], clock.now())

    async def _message(self, row: asyncpg.Record) -> EmailMessage:
        facts = orjson.loads(row["facts"])
        if row["act"] == "code":
            facts["code"] = self._codes.of(row["address_id"], row["codes"])
        zone = await self._letters.zone(self._database.reads, row["person_id"]) or DEFAULT_ZONE
        letter = texts.write(row["act"], facts, row["created_at"], zone, self._mail.page)
        message = EmailMessage(SMTP_LINES)
        message["From"] = self._mail.sender
        message["To"] = self._cipher.decrypt(row["sealed"], rules.context(row["address_id"])).decode()
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(row["created_at"])
        # The same when it is sent again, so that mail programs show one letter.
        message["Message-ID"] = f"<{row['id']}@{self._mail.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    async def _tidy(self) -> None:
        now = clock.now()
        if now - self._tidied < _TIDY_EVERY:
            return
        self._tidied = now
        async with self._database.begin() as uow:
            await self._letters.tidy(uow.raw, now - _LETTERS_KEPT, now - _REMOVED_KEPT)


def _is_wanted(row: asyncpg.Record) -> bool:
    """Whether the address is still there, and confirmed or waiting for this code."""
    return row["sealed"] is not None and (row["act"] == "code") == (row["confirmed_at"] is None)
