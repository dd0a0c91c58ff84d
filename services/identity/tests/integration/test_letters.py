"""Letters when something is wrong: mail servers that are silent, refuse or speak without TLS, rows that nobody can read."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import aiosmtplib
import pytest
from pydantic import SecretStr, ValidationError

from myschool_identity.notice import mail, post
from myschool_identity.settings import IdentitySettings

from .letter_owner import Owner

SECRET = "s3cret-of-the-mail-server"


@pytest.fixture
async def owner(owner: Owner) -> Owner:
    """With an address."""
    await owner.confirmed()
    return owner


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


async def waiting(owner: Owner) -> int:
    """Letters that will be tried again."""
    return await owner.harness.database.reads.fetchval(
        "SELECT count(*) FROM letter WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at > now()"
    )


def unsafe(owner: Owner, url: str) -> None:
    server = mail.opened(url, "noreply@example.ru", "https://myschool.example.ru/settings")
    assert server is not None
    owner.post._mail = server


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE letter SET act = 'of-newer-code' WHERE facts->>'device' = 'Opera, Windows'", id="act of newer code"),
        pytest.param("UPDATE letter SET facts = '{}' WHERE facts->>'device' = 'Opera, Windows'", id="a fact is missing"),
    ],
)
async def test_letter_when_nobody_can_write_it_then_the_others_go_and_it_waits(owner: Owner, damage: str) -> None:
    for device in ("Opera, Windows", "Firefox, Windows"):
        await owner.signed_in(device)
    await owner.harness.database.reads.execute(damage)
    seen = len(owner.mailbox.letters)
    assert await owner.post.send_due() == 2
    [(_, text)] = owner.mailbox.texts[seen:]
    assert "Firefox, Windows" in text
    assert await waiting(owner) == 1


async def test_letters_when_the_address_cannot_be_opened_then_the_sender_lives_on(owner: Owner) -> None:
    await owner.signed_in("Firefox, Windows")
    await owner.harness.database.reads.execute("UPDATE notice_address SET sealed = sealed || decode('00', 'hex')")
    running = asyncio.create_task(owner.post.run())
    async with asyncio.timeout(10):
        while not await waiting(owner):
            assert not running.done()
            await asyncio.sleep(0.05)
    running.cancel()


async def test_letter_when_the_mail_server_says_nothing_then_it_waits_and_nobody_else_does(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "_SEND_FOR_S", 0.5)
    await owner.signed_in("Firefox, Windows")
    with silent_server() as port:
        unsafe(owner, f"smtp://127.0.0.1:{port}")
        sending = asyncio.create_task(owner.post.send_due())
        await asyncio.sleep(0)
        assert (await owner.look())["sends"] is True
        assert await sending == 1
    assert await waiting(owner) == 1


async def test_letter_when_the_sender_is_refused_then_no_address_is_blamed(owner: Owner) -> None:
    await owner.signed_in("Firefox, Windows")
    owner.mailbox.sender_refused = "550 we do not know you"
    assert await owner.post.send_due() == 1
    assert await waiting(owner) == 1
    assert (await owner.look())["addresses"][0]["failed_at_ms"] == 0


async def test_password_when_the_server_offers_no_tls_then_it_is_not_sent(owner: Owner) -> None:
    await owner.signed_in("Firefox, Windows")
    seen = len(owner.mailbox.letters)
    unsafe(owner, f"smtp://user:{SECRET}@127.0.0.1:{owner.mailbox.port}")
    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        await owner.post._mail.connection().connect()
    assert await owner.post.send_due() == 1
    assert (len(owner.mailbox.letters), await waiting(owner)) == (seen, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_url", f"http://user:{SECRET}@mail.region.ru"),
        ("smtp_url", f"smtp://:{SECRET}@mail.region.ru"),
        ("smtp_url", f"smtp://user:{SECRET}@:25"),
        ("smtp_url", f"smtp://user:{SECRET}@mail.region.ru:port"),
        ("mail_from", "Моя школа"),
        ("mail_from", "one@region.ru, two@region.ru"),
        ("mail_from", "Моя школа <noreply@region.ru>\r\nBcc: other@region.ru"),
        ("mail_from", "noreply@"),
        ("mail_from", ""),
    ],
)
def test_setting_when_no_mail_can_be_sent_with_it_then_refused_by_name_without_its_secret(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name) as refused:
        IdentitySettings(**{name: SecretStr(value) if name == "smtp_url" else value})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("value", ["noreply@region.ru", "Моя школа <noreply@region.ru>", '"Школа, 5" <noreply@region.ru>'])
def test_sender_when_it_is_one_address_then_taken(value: str) -> None:
    assert IdentitySettings(mail_from=value).mail_from == value
