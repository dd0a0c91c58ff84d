"""Sends the letters that are due, one connection a batch; a mail server that is away costs nobody else anything."""

import asyncio
from collections import deque
from collections.abc import Collection
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime

import asyncpg
import orjson

from myschool_identity.consent.rules import DEFAULT_ZONE
from myschool_identity.notice import mail, rules, texts
from myschool_identity.notice.code import Codes
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

    def __init__(self, database: Database, letters: LetterRepository, keys: tuple[EnvelopeCipher, Codes], server: mail.Mail) -> None:
        self._database = database
        self._letters = letters
        self._cipher, self._codes = keys
        self._mail = server
        self._tidied = clock.now()

    async def run(self) -> None:
        """Sends while the process serves. Only its end ends it: a task of the background that fails stops the whole process."""
        while True:
            try:
                more = await self._round() == (_BATCH, True)
                await self._tidy()
            except Exception as error:
                more = False
                _log.warning("letters_wait", error=type(error).__name__)
            await asyncio.sleep(0 if more else _EVERY_S)

    async def send_due(self) -> int:
        """How many letters were taken up, sent or not."""
        taken, _ = await self._round()
        return taken

    async def _round(self) -> tuple[int, bool]:
        """How many letters were taken up, and whether the mail server had a word for each."""
        now = clock.now()
        async with self._database.begin() as uow:
            due = await self._letters.take(uow.raw, now, _HOLD_FOR, _BATCH)
        living: deque[asyncpg.Record] = deque()
        for row in due:
            if not _is_wanted(row):
                await self._drop(row)
            elif rules.lives_until(row["act"], row["created_at"]) <= now:
                await self._give_up(row)
            else:
                living.append(row)
        return len(due), not living or await self._send(living)

    async def _send(self, rows: deque[asyncpg.Record]) -> bool:
        """Whether the mail server had a word for each. Where it broke off, that letter waits; those behind it did nothing wrong."""
        try:
            # A slow server may not keep letters beyond the time for which they are ours: another process would send them too.
            async with self._mail.line(_SEND_FOR_S) as line:
                while rows:
                    await self._send_one(line, rows[0])
                    rows.popleft()
        except mail.MailAway as away:
            _log.warning("mail_server_away", error=away.what)
            for row in [rows.popleft() for _ in range(len(rows) if away.for_all else 1)]:
                await self._again(row)
            await self._release(rows)
            return False
        except asyncio.CancelledError:
            # This process ends. What it was sending may have arrived; the rest need not wait until its time is over.
            await self._release(list(rows)[1:])
            raise
        return True

    async def _send_one(self, line: mail.Line, row: asyncpg.Record) -> None:
        message = await self._readable(row)
        if message is None:
            await self._again(row)
            return
        try:
            await line.send(message)
        except mail.LetterRefused as refused:
            await self._refused(row, refused.code)
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

    async def _release(self, rows: Collection[asyncpg.Record]) -> None:
        if rows:
            async with self._database.begin() as uow:
                await self._letters.release(uow.raw, [row["id"] for row in rows], clock.now())

    async def _drop(self, row: asyncpg.Record) -> None:
        async with self._database.begin() as uow:
            await self._letters.drop(uow.raw, row["id"], clock.now())

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
