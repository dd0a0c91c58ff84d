"""Systems of the region: what their scopes open, and every token that must not open anything."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from myschool_gateway.parts import Parts
from myschool_kit.errors import NotFound

from .conftest import Gateway
from .keycloak_stand_in import Realm
from .test_matrix import ROUTES, filled, problem

SCHOOL = str(uuid4())
READS, IMPORTS = "/api/v1/organisations", "/api/v1/imports"


def claims(parts: Parts, **changes: Any) -> dict[str, Any]:
    moment = int(time.time())
    told = {
        "iss": parts.keycloak.issuer,
        "aud": "gateway",
        "azp": f"system-{uuid4()}",
        "typ": "Bearer",
        "iat": moment,
        "exp": moment + 300,
        "scope": "organisations.read roster.write",
        "system_name": "РИС «Образование»",
        "region_code": "99",
    }
    return {name: value for name, value in (told | changes).items() if value is not None}


async def ask(gateway: Gateway, token: str, method: str = "GET", path: str = READS, **options: Any) -> Any:
    """As a program does it: no cookie, no header of our page."""
    gateway.http.cookies.clear()
    return await gateway.http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)


async def test_system_when_its_scopes_lead_there_then_it_acts_for_its_region(gateway: Gateway, realm: Realm) -> None:
    token = realm.sign(claims(gateway.parts))
    assert (await ask(gateway, token)).status_code == 200
    assert (await ask(gateway, token, path=f"{READS}/{SCHOOL}")).status_code == 200
    form = {"data": {"organisation_id": SCHOOL, "format": "SHEET"}, "files": {"file": ("7a.csv", b"x")}}
    assert (await ask(gateway, token, "POST", IMPORTS, **form)).status_code == 200
    assert (await ask(gateway, token, "POST", f"{IMPORTS}/{SCHOOL}/confirm")).status_code == 200
    people = {(one.role_type, one.region_code, one.display_name) for _method, _request, one, _metadata in gateway.services.seen}
    assert people == {("REGIONAL_COORDINATOR", "99", "РИС «Образование»")}
    assert len({one.person_id for _method, _request, one, _metadata in gateway.services.seen}) == 1
    # What the services say of another region reaches the system.
    gateway.services.answers["GetOrganisation"] = NotFound("no such school")
    problem(await ask(gateway, token, path=f"{READS}/{SCHOOL}"), 404)


@pytest.mark.parametrize("scope", ["organisations.read", "roster.write", "library.provide", ""], ids=["reads", "writes", "foreign", "none"])
async def test_system_when_a_scope_is_missing_then_nothing_else_opens(gateway: Gateway, realm: Realm, scope: str) -> None:
    gateway.parts.machines._rate._burst_ms *= 100
    opened = {
        "organisations.read": {("GET", READS), ("GET", f"{READS}/{{organisation_id}}")},
        "roster.write": {("POST", IMPORTS), ("GET", f"{IMPORTS}/{{import_id}}"), ("POST", f"{IMPORTS}/{{import_id}}/confirm")},
    }.get(scope, set())
    token = realm.sign(claims(gateway.parts, scope=scope))
    try:
        for method, path in ROUTES:
            answer = await ask(gateway, token, method, filled(path))
            if (method, path) in opened:
                assert answer.status_code in (200, 415, 422), (method, path)
            else:
                assert problem(answer, 403)["code"] == "gateway.SCOPE_MISSING", (method, path)
    finally:
        gateway.parts.machines._rate._burst_ms /= 100


BAD: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://elsewhere.example/realms/myschool"},
    "for the library": {"aud": "library"},
    "for nobody": {"aud": None},
    "expired": {"exp": 1},
    "without an end": {"exp": None},
    "an end in words": {"exp": "tomorrow"},
    "not yet": {"nbf": 4_000_000_000},
    "an ID token": {"typ": "ID"},
    "a logout token": {"typ": "Logout"},
    "of no kind": {"typ": None},
    "of a person": {"azp": "gateway"},
    "of a publisher": {"azp": "provider-prosveshchenie"},
    "of nobody": {"azp": None},
    "a client's name that is a list": {"azp": ["system-region"]},
    "without a region": {"region_code": None},
    "every region": {"region_code": "%"},
    "a region that is a number": {"region_code": 99},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
async def test_token_when_it_says_something_else_then_401(gateway: Gateway, realm: Realm, changes: dict[str, Any]) -> None:
    body = problem(await ask(gateway, realm.sign(claims(gateway.parts, **changes))), 401)
    assert body["code"] == "gateway.SESSION_REQUIRED"
    assert gateway.services.seen == []


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(kind: str, realm: Realm, told: dict[str, Any]) -> str:
    """A token as somebody without the realm's key would make it."""
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    good = realm.sign(told).split(".")
    head, public = {"alg": "RS256", "kid": "one"}, stranger.as_dict(private=False)
    if kind == "no algorithm":
        return f"{part({'alg': 'none', 'kid': 'one'})}.{part(told)}."
    if kind == "the public key as a secret":
        text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(told)}"
        made = hmac.new(realm.key.as_pem(private=False), text.encode(), hashlib.sha256).digest()
        return f"{text}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
    made_by_stranger = {
        "another key under the same name": head,
        "its own key in the head": head | {"jwk": public},
        "the address of its own keys": head | {"jku": "https://elsewhere.example/keys"},
        "a name nobody knows": head | {"kid": "two"},
        "a name that is a path": head | {"kid": "../../etc/passwd"},
    }
    if kind in made_by_stranger:
        return jwt.encode(made_by_stranger[kind], told, stranger)
    return {
        "other words under the signature": ".".join([good[0], part(told | {"region_code": "77"}), good[2]]),
        "a signature cut short": ".".join([*good[:2], good[2][:-8]]),
        "no signature": f"{good[0]}.{good[1]}.",
        "no words": f"{good[0]}..{good[2]}",
        "three dots of nothing": "..",
        "longer than any": ".".join([good[0], good[1] + "A" * 9_000, good[2]]),
        "not text": "é.é.é".encode().decode("latin-1"),
    }[kind]


FORGERIES = [
    *("no algorithm", "the public key as a secret", "another key under the same name", "its own key in the head"),
    *("the address of its own keys", "a name nobody knows", "a name that is a path", "other words under the signature"),
    *("a signature cut short", "no signature", "no words", "three dots of nothing", "longer than any", "not text"),
]


@pytest.mark.parametrize("kind", FORGERIES)
async def test_token_when_forged_then_401_even_beside_a_good_cookie(gateway: Gateway, realm: Realm, kind: str) -> None:
    _session, cookie = await gateway.sign_in()
    token = forged(kind, realm, claims(gateway.parts))
    answer = await gateway.call("GET", READS, cookie, headers={"Authorization": b"Bearer " + token.encode("latin-1")})
    problem(answer, 401)
    assert gateway.services.seen == []


async def test_keys_when_unknown_names_flood_in_then_keycloak_is_asked_once_a_minute(
    gateway: Gateway, realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(gateway, realm.sign(claims(gateway.parts)))).status_code == 200
    assert realm.fetched == 1
    # The realm's keys were read a good minute ago.
    monkeypatch.setattr(gateway.parts.keycloak, "_keys_at", time.monotonic() - 61)
    stranger = RSAKey.generate_key(2048, {"kid": "two"})
    tokens = [jwt.encode({"alg": "RS256", "kid": f"unknown-{number}"}, claims(gateway.parts), stranger) for number in range(30)]
    answers = await asyncio.gather(*(gateway.call("GET", READS, headers={"Authorization": f"Bearer {one}"}) for one in tokens))
    assert {answer.status_code for answer in answers} == {401}
    assert realm.fetched == 2
    # Good ones go on meanwhile.
    assert (await ask(gateway, realm.sign(claims(gateway.parts)))).status_code == 200


async def test_system_when_it_asks_too_often_then_429_and_others_go_on(gateway: Gateway, realm: Realm) -> None:
    token = realm.sign(claims(gateway.parts, azp="system-busy"))
    answers = [(await ask(gateway, token)).status_code for _ in range(75)]
    assert answers[:60] == [200] * 60
    assert 429 in answers[60:]
    assert (await ask(gateway, realm.sign(claims(gateway.parts)))).status_code == 200


async def test_bad_tokens_when_many_come_from_an_address_then_429(gateway: Gateway, realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.parts.gate, "_cost_ms", 3_600_000.0)
    monkeypatch.setattr(gateway.parts.gate, "_burst_ms", 60 * 3_600_000.0)
    token, address = realm.sign(claims(gateway.parts, exp=1)), {"X-Forwarded-For": f"198.51.100.{uuid4().int % 250}"}
    answers = [(await gateway.call("GET", READS, headers={"Authorization": f"Bearer {token}", **address})).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]


async def test_system_when_keycloak_goes_away_then_it_works_on_with_the_keys_that_are_known(gateway: Gateway, realm: Realm) -> None:
    token = realm.sign(claims(gateway.parts))
    assert (await ask(gateway, token)).status_code == 200
    realm.is_away = True
    assert (await ask(gateway, token)).status_code == 200
