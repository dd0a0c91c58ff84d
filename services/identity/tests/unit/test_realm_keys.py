"""Keys of the realm by which Keycloak proves itself to the bridge: many sign-ins at once, a Keycloak that is slow or away, a new key."""

import asyncio

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from myschool_identity.bridge import assertion
from myschool_identity.bridge.assertion import RealmKeys

FIRST = RSAKey.generate_key(2048, {"kid": "first"})
SECOND = RSAKey.generate_key(2048, {"kid": "second"})


class Realm:
    """Publishes keys, slowly; `answers` says with which status each time, the last for good."""

    def __init__(self, *answers: int) -> None:
        self.published = [FIRST]
        self.asked = 0
        self._answers = answers or (200,)
        transport = httpx.MockTransport(self._answer)
        self.keys = RealmKeys("http://keycloak/certs", httpx.AsyncClient(transport=transport))

    async def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await asyncio.sleep(0.02)
        status = self._answers[min(self.asked, len(self._answers)) - 1]
        return httpx.Response(status, json=KeySet(self.published).as_dict(private=False) if status == 200 else {})

    async def accepts(self, key: RSAKey) -> bool:
        token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"iss": "keycloak"}, key)
        return key.kid in {one.kid for one in (await self.keys.for_token(token)).keys}


async def test_keys_when_several_sign_in_at_once_after_a_start_then_all_wait_for_one_fetch() -> None:
    realm = Realm()
    assert await asyncio.gather(*(realm.accepts(FIRST) for _ in range(20))) == [True] * 20
    assert realm.asked == 1


async def test_keys_when_keycloak_failed_once_then_asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assertion, "_RETRY_S", 0.05)
    realm = Realm(503, 200)
    assert await asyncio.gather(*(realm.accepts(FIRST) for _ in range(20))) == [False] * 20
    assert realm.asked == 1
    await asyncio.sleep(0.06)
    assert await realm.accepts(FIRST)


async def test_keys_when_replaced_then_fetched_once_a_minute_and_the_old_stay_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    realm = Realm()
    assert await realm.accepts(FIRST)
    realm.published = [SECOND]
    assert not await realm.accepts(SECOND)
    assert await realm.accepts(FIRST)
    monkeypatch.setattr(assertion, "_REFRESH_S", 0.0)
    realm = Realm()
    assert await realm.accepts(FIRST)
    realm.published = [FIRST, SECOND]
    assert await asyncio.gather(*(realm.accepts(SECOND) for _ in range(20))) == [True] * 20
    assert realm.asked == 2
