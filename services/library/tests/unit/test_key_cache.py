"""The realm's keys: fetched seldom, kept when the realm is away."""

import asyncio
from typing import Any

import httpx
import pytest
from joserfc.jwk import KeySet, RSAKey

from myschool_library.provider.problems import Problem
from myschool_library.provider.tokens import KeyCache

FIRST = RSAKey.generate_key(2048, {"kid": "first"})
SECOND = RSAKey.generate_key(2048, {"kid": "second"})


class Realm:
    """Keys, a clock, and whether the realm answers."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.keys = [FIRST]
        self.asked = 0
        self.answer: Any = None
        self.cache = KeyCache(self.fetch, lambda: self.now)

    async def fetch(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(0.02)
        if isinstance(self.answer, Exception):
            raise self.answer
        return KeySet(self.keys).as_dict(private=False) if self.answer is None else self.answer


async def test_new_key_is_fetched_once_a_minute() -> None:
    realm = Realm()
    assert await realm.cache.key("first")
    realm.keys = [FIRST, SECOND]
    assert await realm.cache.key("second") is None
    realm.now += 61
    assert await realm.cache.key("second")
    assert realm.asked == 2


@pytest.mark.parametrize("answer", [httpx.ConnectError("away"), {}, {"keys": "x"}, {"keys": [{"kty": "EC"}]}, {"keys": []}, []])
async def test_old_keys_serve_while_the_realm_fails(answer: Any) -> None:
    realm = Realm()
    await realm.cache.key("first")
    realm.answer = answer
    realm.now += 61
    await realm.cache.key("second")
    assert await realm.cache.key("first")


async def test_without_any_keys_it_is_unavailable_not_unauthorised() -> None:
    realm = Realm()
    realm.answer = httpx.ConnectError("away")
    with pytest.raises(Problem) as caught:
        await realm.cache.key("first")
    assert caught.value.status == 503
    realm.answer = None
    realm.now += 1
    assert await realm.cache.key("first")


async def test_key_when_many_come_with_it_at_once_then_all_wait_for_one_fetch() -> None:
    realm = Realm()
    assert await asyncio.gather(*(realm.cache.key("first") for _ in range(20))) == [await realm.cache.key("first")] * 20
    realm.keys = [FIRST, SECOND]
    realm.now += 61
    assert all(await asyncio.gather(*(realm.cache.key("second") for _ in range(20))))
    assert realm.asked == 2


async def test_key_when_the_realm_is_away_then_those_who_waited_do_not_ask_one_after_the_other() -> None:
    realm = Realm()
    realm.answer = httpx.ConnectError("away")
    answers = await asyncio.gather(*(realm.cache.key("first") for _ in range(20)), return_exceptions=True)
    assert {getattr(one, "status", None) for one in answers} == {503}
    assert realm.asked == 1
