"""A guardian with a mailbox and the sender of her region, for tests of letters."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import orjson
from letter_box import Mailbox
from pydantic import SecretStr

from myschool.identity.v1 import identity_pb2
from myschool.identity.v1 import notice_pb2 as pb
from myschool.identity.v1.notice_pb2_grpc import NoticeServiceStub
from myschool_identity.app import SERVICE
from myschool_identity.notice import mail
from myschool_identity.notice.code import Codes
from myschool_identity.notice.post import Post
from myschool_identity.notice.repository import LetterRepository
from myschool_kit import client
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_testing import Harness, a_principal, running, token_of

from .test_identity import ANNA, Caller

MAIL = "anna.sokolova@example.ru"
ROLE = str(uuid4())


class Owner:
    """A guardian with a mailbox, and the sender of her region."""

    def __init__(self, harness: Harness, caller: Caller, person_id: str, keys_dir: Path, mailbox: Mailbox) -> None:
        self.harness, self.caller, self.person_id, self.mailbox = harness, caller, person_id, mailbox
        self.stub = NoticeServiceStub(harness.channel)
        self.token = token_of(a_principal("GUARDIAN", person_id=person_id, role_id=ROLE))
        self.cipher = EnvelopeCipher((keys_dir / "field.key").read_bytes())
        self.lookup = LookupHash((keys_dir / "lookup.key").read_bytes())
        self.post = self.sender()

    def sender(self) -> Post:
        server = mail.opened(
            f"smtp://127.0.0.1:{self.mailbox.port}", "Моя школа <noreply@example.ru>", "https://myschool.example.ru/settings"
        )
        assert server is not None
        return Post(self.harness.database, LetterRepository(), (self.cipher, Codes(self.lookup)), server)

    async def ask(self, method: str, request: object, token: str = "") -> object:
        return await client.call(getattr(self.stub, method), request, token=token or self.token, request_id=str(uuid4()))

    async def look(self, token: str = "") -> dict:
        return orjson.loads((await self.ask("GetNotices", pb.GetNoticesRequest(), token)).body)

    async def add(self, address: str = MAIL) -> str:
        return (await self.ask("AddAddress", pb.AddAddressRequest(address=address))).id

    async def confirm(self, address_id: str, code: str, token: str = "") -> tuple[bool, int]:
        reply = await self.ask("ConfirmAddress", pb.ConfirmAddressRequest(id=address_id, code=code), token)
        return reply.confirmed, reply.tries_left

    async def confirmed(self, address: str = MAIL) -> str:
        address_id = await self.add(address)
        await self.post.send_due()
        assert await self.confirm(address_id, self.code()) == (True, 0)
        return address_id

    def code(self) -> str:
        """Of the letter that came last."""
        [found] = re.findall(r"\b\d{6}\b", self.mailbox.texts[-1][1])
        return found

    async def signed_in(self, device: str) -> None:
        """Comes in with another device, which is worth a letter."""
        request = identity_pb2.SignInRequest(esia_oid=ANNA.esia_oid, session_id=str(uuid4()), device=device)
        await client.call(self.caller.stub.SignIn, request, token=self.caller.system)

    async def later(self, by: timedelta) -> None:
        """Makes everything so much older, which is as good as waiting."""
        reads = self.harness.database.reads
        await reads.execute("UPDATE letter SET due_at = due_at - $1::interval, created_at = created_at - $1::interval", by)
        await reads.execute(
            """UPDATE notice_address SET code_times = (SELECT coalesce(array_agg(made - $1::interval ORDER BY made), '{}')
            FROM unnest(code_times) AS made), removed_at = removed_at - $1::interval""",
            by,
        )


@contextmanager
def a_mailbox() -> Iterator[Mailbox]:
    """A mail server that runs."""
    box = Mailbox()
    box.start()
    try:
        yield box
    finally:
        box.stop()


@asynccontextmanager
async def an_owner(postgres_url: str, redis_url: str, keys_dir: Path, mailbox: Mailbox) -> AsyncIterator[Owner]:
    """Identity on a fresh database, and in it a person who has signed in."""
    url = SecretStr(f"smtp://127.0.0.1:{mailbox.port}")
    async with running(SERVICE, postgres_url, redis_url, keys_dir=keys_dir, smtp_url=url) as harness:
        caller = Caller(harness, keys_dir)
        await caller.came_through_bridge()
        yield Owner(harness, caller, (await caller.sign_in(ANNA.esia_oid)).person_id, keys_dir, mailbox)
