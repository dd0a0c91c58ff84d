"""Mail servers that break off, are not who they say, refuse some, fall silent; a sender that outlives them and loses nothing."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from letter_box import Mailbox
from pydantic import SecretStr, ValidationError

from myschool_identity.notice import mail
from myschool_identity.notice.repository import LetterRepository
from myschool_identity.settings import IdentitySettings

from .letter_owner import MAIL, Owner

SECRET = "s3cret-of-the-mail-server"


@pytest.fixture
async def owner(owner: Owner) -> Owner:
    """With an address."""
    await owner.confirmed()
    return owner


class Breaking(Mailbox):
    """Drops the line in the middle of a letter that holds `words`; takes `most` letters a line."""

    def __init__(self, words: str = "", most: int = 1000) -> None:
        super().__init__()
        self.words, self.most = words, most
        self.lines: dict[int, int] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        taken = self.lines.get(id(session), 0)
        if taken >= self.most:
            server.transport.abort()
            return "421 too many letters"
        seen = len(self.letters)
        await super().handle_DATA(server, session, envelope)
        if self.words and self.words in self.letters[-1].get_content():
            del self.letters[seen:]
            server.transport.abort()
        self.lines[id(session)] = taken + 1
        return "250 OK"


class Silent(Mailbox):
    """Takes the letter's text and says nothing to it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.loop.call_soon_threadsafe(self.reached.set)
        await asyncio.sleep(3600)
        return "250 OK"


def use(owner: Owner, url: str) -> None:
    server = mail.opened(url, "noreply@example.ru", "https://myschool.example.ru/settings")
    assert server is not None
    owner.post._mail = server


@contextmanager
def instead(owner: Owner, box: Mailbox) -> Iterator[None]:
    """The region's mail server is this one."""
    box.start()
    use(owner, f"smtp://127.0.0.1:{box.port}")
    try:
        yield
    finally:
        box.stop()


async def letters(owner: Owner) -> dict[str, tuple[int, bool, bool]]:
    """Of each device: tries, whether sent, whether due now."""
    rows = await owner.harness.database.reads.fetch(
        """SELECT facts->>'device' AS device, tries, sent_at IS NOT NULL AS sent, due_at <= now() AS due
        FROM letter WHERE act = 'sign_in' AND given_up_at IS NULL"""
    )
    return {row["device"]: (row["tries"], row["sent"], row["due"]) for row in rows}


DEVICES = ["Opera, Windows", "Firefox, Windows", "Edge, Windows"]


async def test_letter_when_the_server_breaks_off_in_its_text_then_it_alone_waits(owner: Owner) -> None:
    for device in DEVICES:
        await owner.signed_in(device)
    box = Breaking(words="Opera")
    with instead(owner, box):
        # The poisoned one is the oldest, so it comes first; the second round holds the others.
        assert await owner.post.send_due() == 3
        assert await letters(owner) == {
            "Opera, Windows": (1, False, False),
            "Firefox, Windows": (0, False, True),
            "Edge, Windows": (0, False, True),
        }
        assert [await owner.post.send_due() for _ in range(2)] == [2, 0]
    assert len(box.letters) == 2
    assert {device: sent for device, (_, sent, _) in (await letters(owner)).items()} == {
        "Opera, Windows": False,
        "Firefox, Windows": True,
        "Edge, Windows": True,
    }


async def test_letters_when_the_server_takes_one_a_line_then_all_arrive_once(owner: Owner) -> None:
    for device in DEVICES:
        await owner.signed_in(device)
    box = Breaking(most=1)
    with instead(owner, box):
        for _ in range(6):
            await owner.post.send_due()
            await owner.later(timedelta(minutes=10))
    told = [re.findall(r"устройства: (.+)\.", letter.get_content())[0] for letter in box.letters]
    assert sorted(told) == sorted(DEVICES)


async def test_letters_when_one_address_is_refused_then_the_rest_of_the_line_arrives(owner: Owner) -> None:
    await owner.confirmed("second@example.ru")
    await owner.post.send_due()
    await owner.signed_in("Firefox, Windows")
    seen = len(owner.mailbox.letters)
    owner.mailbox.refused[MAIL] = "550 no such mailbox"
    assert await owner.post.send_due() == 2
    assert [letter["To"] for letter in owner.mailbox.letters[seen:]] == ["second@example.ru"]
    failed = {one["address"]: one["failed_at_ms"] > 0 for one in (await owner.look())["addresses"]}
    assert failed == {MAIL: True, "second@example.ru": False}


@pytest.fixture
def foreign_certificate(tmp_path: Path) -> ssl.SSLContext:
    """For this host, signed by nobody."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "mail.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "mail.pem")
    return context


@pytest.mark.parametrize("who", [f"user:{SECRET}@", ""], ids=["with password", "without"])
async def test_letter_when_the_certificate_is_of_nobody_then_neither_it_nor_a_password_is_sent(
    owner: Owner, foreign_certificate: ssl.SSLContext, who: str
) -> None:
    await owner.signed_in("Firefox, Windows")
    heard: list[tuple[object, ...]] = []

    class Keeping(Mailbox):
        async def handle_MAIL(self, *said: object) -> str:
            heard.append(said)
            return "250 OK"

    box = Keeping()
    # TLS first of all, so that the library itself would hand over whatever is asked for.
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, tls_context=foreign_certificate, authenticator=lambda *said: heard.append(said)
    )
    controller.start()
    try:
        use(owner, f"smtp://{who}127.0.0.1:{box.port}")
        assert await owner.post.send_due() == 1
    finally:
        controller.stop()
    assert heard == box.letters == []
    assert await letters(owner) == {"Firefox, Windows": (1, False, False)}


async def test_process_when_it_ends_while_the_server_is_silent_then_at_once_and_the_rest_is_due(owner: Owner) -> None:
    for device in DEVICES:
        await owner.signed_in(device)
    box = Silent()
    with instead(owner, box):
        sending = asyncio.create_task(owner.post.run())
        async with asyncio.timeout(10):
            await box.reached.wait()
            # The letters are kept from others by a time, not by a transaction: whatever else wants them need not wait.
            held = await owner.harness.database.reads.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )
            assert held == 0
            await owner.signed_in("Safari, macOS")
        sending.cancel()
        async with asyncio.timeout(3):
            await asyncio.gather(sending, return_exceptions=True)
    assert [sending.cancelled(), (await letters(owner))["Edge, Windows"]] == [True, (0, False, True)]
    use(owner, f"smtp://127.0.0.1:{owner.mailbox.port}")
    assert await owner.post.send_due() == 3
    await owner.later(timedelta(minutes=6))
    assert await owner.post.send_due() == 1


async def test_sender_when_anything_at_all_goes_wrong_then_it_goes_on(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end would be the end of the whole process."""
    monkeypatch.setattr("myschool_identity.notice.post._EVERY_S", 0.01)
    taken = asyncio.Event()

    class Broken(LetterRepository):
        faults = iter([RuntimeError("?"), KeyError("act"), UnicodeError("?"), TimeoutError()])

        async def take(self, *found: object) -> list:
            for fault in self.faults:
                raise fault
            taken.set()
            return []

    owner.post._letters = Broken()
    sending = asyncio.create_task(owner.post.run())
    async with asyncio.timeout(5):
        await taken.wait()
    assert not sending.done()
    sending.cancel()


async def test_letter_when_the_name_of_the_server_is_none_then_it_waits(owner: Owner) -> None:
    await owner.signed_in("Firefox, Windows")
    owner.post._mail = mail.Mail("mail..region.ru", 25, False, "", "", "noreply@example.ru", "https://example.ru")
    assert await owner.post.send_due() == 1
    assert await letters(owner) == {"Firefox, Windows": (1, False, False)}


async def test_code_when_it_was_typed_before_its_second_letter_then_no_address_is_blamed(owner: Owner) -> None:
    address_id = await owner.add("second@example.ru")
    await owner.post.send_due()
    code = owner.code()
    # The server took the letter, but its word got lost: the letter still waits when the code is typed.
    await owner.harness.database.reads.execute(
        "UPDATE letter SET sent_at = NULL, due_at = now() WHERE act = 'code' AND sent_at IS NOT NULL"
    )
    assert await owner.confirm(address_id, code) == (True, 0)
    seen = len(owner.mailbox.letters)
    await owner.post.send_due()
    assert "Код подтверждения" not in [subject for subject, _ in owner.mailbox.texts[seen:]]
    assert [one["failed_at_ms"] for one in (await owner.look())["addresses"]] == [0, 0]


@pytest.mark.parametrize("word", ["sent", "give_up"])
async def test_address_when_removed_while_its_letter_is_noted_then_neither_waits_for_the_other(owner: Owner, word: str) -> None:
    await owner.signed_in("Firefox, Windows")
    database, now = owner.harness.database, datetime.now(UTC)
    row = await database.reads.fetchrow("SELECT id, address_id FROM letter WHERE act = 'sign_in'")

    async def note() -> None:
        async with database.begin() as uow:
            await getattr(LetterRepository(), word)(uow.raw, row["id"], now)

    async with database.begin() as uow:
        await uow.raw.execute("UPDATE notice_address SET failed_at = $2, version = version + 1 WHERE id = $1", row["address_id"], now)
        noting = asyncio.create_task(note())
        async with asyncio.timeout(5):
            while not await database.reads.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            ):
                await asyncio.sleep(0.01)
            await uow.raw.execute("DELETE FROM letter WHERE id = $1", row["id"])
    await noting


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://user:{SECRET}@mail..region.ru",
        f"smtp://user:{SECRET}@mail region.ru",
        f"smtp://user:{SECRET}@{'a' * 64}.ru",
        f"smtp://user:{SECRET}@-mail.ru",
        f"smtp://user:{SECRET}@mail.region.ru#here",
        f"smtp://user:{SECRET}@[::1",
    ],
    ids=["empty label", "space", "long label", "hyphen", "fragment", "half an address"],
)
def test_setting_when_its_server_can_have_no_such_name_then_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ValidationError, match="smtp_url") as refused:
        IdentitySettings(smtp_url=SecretStr(url))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.region.ru",
        "smtps://user:p%40ss@mail.region.ru:465",
        "smtp://почта.рф",
        "smtp://[::1]:25",
        "smtp://127.0.0.1",
        "smtp://mail_out",
    ],
)
def test_setting_when_its_server_has_a_name_then_taken(url: str) -> None:
    assert IdentitySettings(smtp_url=SecretStr(url)).smtp_url.get_secret_value() == url


def test_line_when_nobody_listens_then_said_by_kind_alone() -> None:
    async def ask() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        found = mail.opened(f"smtp://user:{SECRET}@127.0.0.1:{port}", "noreply@example.ru", "")
        assert found is not None
        async with found.line(5):
            pass

    with pytest.raises(mail.MailAway) as away:
        asyncio.run(ask())
    assert (away.value.what, away.value.for_all) == ("SMTPConnectError", True)
