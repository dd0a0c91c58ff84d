"""Whole sign-ins in both dialects with every kind of key, keys replaced under way on both sides, tokens spoiled, Госуслуги ill."""

import io
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

sys.path.insert(0, str(Path(__file__).parent))
from bridge_stack import Stack, query, running_stack

from myschool_esia_simulator.errors import Code
from myschool_esia_simulator.faults import TAMPERINGS
from myschool_esia_simulator.testing_keys import new_key, write_gost_pair_by_engine, write_pair


def copied(keys_dir: Path, folder: Path) -> Path:
    for file in keys_dir.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def paths(stack: Stack) -> list[str]:
    return [f"{call['method']} {call['path']}" for call in stack.stand("GET", "calls")]


@pytest.fixture(scope="module")
def shared_v2(keys_dir: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    with running_stack(keys_dir, database_url, redis_url, {"esia_dialect": "v2"}) as stack:
        yield stack


@pytest.fixture
def v2(shared_v2: Stack) -> Iterator[Stack]:
    """The shared processes, everything switched off, with a browser of its own."""
    with httpx.Client() as browser:
        yield replace(shared_v2, browser=browser)
    shared_v2.stand("DELETE", "faults")
    shared_v2.stand("DELETE", "calls")


def test_second_dialect_uses_its_own_addresses_and_proves_the_certificate(v2: Stack) -> None:
    sent = query(v2.authorize().headers["location"])
    assert (len(sent["client_certificate_hash"]), "=" in sent["client_secret"]) == (64, False)
    assert v2.outcome() == "in"
    called = paths(v2)
    assert "GET /aas/oauth2/v2/ac" in called
    assert "POST /aas/oauth2/v3/te" in called
    assert not {"GET /aas/oauth2/ac", "POST /aas/oauth2/te"} & set(called)


@pytest.mark.parametrize("dialect", ["v1", pytest.param("v2", id="v2")])
@pytest.mark.gost_engine
def test_gost_by_the_engine_signs_in_where_nothing_else_is_accepted(
    keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str, dialect: str
) -> None:
    folder = copied(keys_dir, tmp_path)
    write_gost_pair_by_engine(folder)
    options = {"esia_dialect": dialect, "esia_signer": "gost"}
    with running_stack(folder, database_url, redis_url, options, esia_verifiers="gost") as stack:
        assert stack.outcome() == "in"
        write_gost_pair_by_engine(folder)
        assert stack.outcome() == "in"


def test_stand_that_takes_gost_only_refuses_rsa(keys_dir: Path, database_url: str, redis_url: str) -> None:
    with running_stack(keys_dir, database_url, redis_url, {"esia_dialect": "v2"}, esia_verifiers="gost") as stack:
        assert stack.outcome() == "ESIA-007053"


def test_own_key_is_replaced_without_a_restart(keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str) -> None:
    folder = copied(keys_dir, tmp_path)
    with running_stack(folder, database_url, redis_url, {"esia_dialect": "v2"}) as stack:
        assert stack.outcome() == "in"
        first = query(stack.authorize().headers["location"])["client_certificate_hash"]
        write_pair(folder, new_key())
        assert stack.outcome() == "in"
        assert query(stack.authorize().headers["location"])["client_certificate_hash"] != first
        write_pair(folder, ed25519.Ed25519PrivateKey.generate())
        assert stack.outcome() == "in"


def test_signing_service_away_is_explained_and_its_return_needs_no_restart(
    keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    options = {"esia_dialect": "v2", "esia_signer": "remote", "esia_signer_url": "http://127.0.0.1:9/sign"}
    with running_stack(copied(keys_dir, tmp_path), database_url, redis_url, options) as stack:
        back = stack.authorize().headers["location"]
        assert (query(back)["code"], len(query(back)["ref"])) == ("signer", 8)


def test_new_key_of_esia_in_the_file_is_taken_without_a_restart(keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str) -> None:
    folder = copied(keys_dir, tmp_path)
    with running_stack(folder, database_url, redis_url) as stack:
        stack.stand("POST", "keys")
        assert stack.outcome() == "ESIA-answer"
        # Госуслуги publish an archive; an operator adds the certificate to the present key, in whatever form it comes.
        packed = zipfile.ZipFile(io.BytesIO(httpx.get(f"{stack.esia}/public/esia.zip").content))
        der = packed.read("RSA_STAND.cer")
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding

        pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
        with (folder / "esia.pub").open("ab") as file:
            file.write(pem)
        assert stack.outcome() == "in"


def test_published_keys_are_fetched_when_none_fits_and_once_a_minute_at_most(
    keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(keys_dir, tmp_path)
    options = dict[str, Any]()
    fetched: list[str] = []
    send = httpx.AsyncClient.send

    async def counting(self: httpx.AsyncClient, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.url.path == "/public/esia.zip":
            fetched.append(str(request.url))
        return await send(self, request, **more)

    monkeypatch.setattr(httpx.AsyncClient, "send", counting)
    with running_stack(folder, database_url, redis_url, options, keys_published=True) as stack:
        assert stack.outcome() == "in"
        assert fetched == []
        stack.stand("POST", "keys")
        assert stack.outcome() == "in"
        assert len(fetched) == 1
        stack.stand("PATCH", "faults", tampering="wrong_key")
        assert [stack.outcome() for _ in range(4)] == ["ESIA-answer"] * 4
        assert len(fetched) == 1
        # What was learned stays: the next good token needs no new look.
        stack.stand("DELETE", "faults")
        assert stack.outcome() == "in"


def test_published_keys_when_the_archive_was_away_then_asked_again_soon(
    keys_dir: Path, tmp_path: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, away, send = copied(keys_dir, tmp_path), [True], httpx.AsyncClient.send

    async def failing(self: httpx.AsyncClient, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.url.path == "/public/esia.zip" and away.pop():
            raise httpx.ConnectError("away", request=request)
        return await send(self, request, **more)

    monkeypatch.setattr(httpx.AsyncClient, "send", failing)
    with running_stack(folder, database_url, redis_url, {}, keys_published=True) as stack:
        stack.stand("POST", "keys")
        assert stack.outcome() == "ESIA-answer"
        away.append(False)
        time.sleep(1.1)
        assert stack.outcome() == "in"


@pytest.mark.parametrize("tampering", [name for name in TAMPERINGS if name])
def test_spoiled_token_lets_nobody_in(v2: Stack, tampering: str) -> None:
    """alg none, HS256 on the public key, foreign key, wrong aud, iss, exp, nbf, sub, kind, another request's state."""
    v2.stand("PATCH", "faults", tampering=tampering)
    assert v2.outcome() == "ESIA-answer"
    v2.stand("DELETE", "faults")
    assert v2.outcome() == "in"


@pytest.fixture(scope="module")
def by_gost(keys_dir: Path, database_url: str, redis_url: str) -> Iterator[Stack]:
    """Госуслуги that sign their tokens by ГОСТ, and publish both certificates."""
    options = {"esia_dialect": "v2"}
    with running_stack(keys_dir, database_url, redis_url, options, keys_published=True, esia_signs_by="gost") as stack:
        yield stack


def test_tokens_signed_by_gost_are_taken_and_so_are_those_of_the_next_key(by_gost: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_gost.outcome() == "in"
    monkeypatch.setattr("myschool_identity.bridge.esia_keys._FETCH_EVERY_S", 0)
    by_gost.stand("POST", "keys")
    assert by_gost.outcome() == "in"


@pytest.mark.parametrize("tampering", [name for name in TAMPERINGS if name])
def test_spoiled_token_lets_nobody_in_where_tokens_are_signed_by_gost(by_gost: Stack, tampering: str) -> None:
    by_gost.stand("PATCH", "faults", tampering=tampering)
    assert by_gost.outcome() == "ESIA-answer"
    by_gost.stand("DELETE", "faults")
    assert by_gost.outcome() == "in"


@pytest.mark.parametrize("seconds", [-420, 420])
def test_clock_of_esia_away_by_minutes_is_explained(v2: Stack, seconds: int) -> None:
    v2.stand("PATCH", "faults", clock_ahead_seconds=seconds)
    assert v2.outcome() == "ESIA-007015"


@pytest.mark.parametrize("seconds", [-50, 200])
def test_clock_of_esia_away_a_little_is_no_obstacle(v2: Stack, seconds: int) -> None:
    v2.stand("PATCH", "faults", clock_ahead_seconds=seconds)
    # A clock ahead makes tokens that begin in the future: a minute of that is borne.
    assert v2.outcome() == ("in" if seconds < 60 else "ESIA-answer")


def test_slow_esia_is_waited_for(v2: Stack) -> None:
    v2.stand("PATCH", "faults", latency_ms=400)
    assert v2.outcome() == "in"


def test_esia_under_maintenance_is_named_as_such(v2: Stack) -> None:
    way_back = v2.way_back()
    v2.stand("PATCH", "faults", unavailable=True)
    assert query(v2.browser.get(way_back).headers["location"])["code"] == "ESIA-007008"


@pytest.mark.parametrize("code", [code.number for code in Code])
@pytest.mark.parametrize("stage", ["authorization", "consent", "token"])
def test_every_code_at_every_step_ends_on_a_page_with_code_and_reference(v2: Stack, code: str, stage: str) -> None:
    v2.stand("PATCH", "faults", error_code=code, error_stage=stage, error_times=1)
    back = v2.sign_in()
    assert back["address"] == f"{v2.settings.gateway_url}/signin/problem"
    assert (back["code"], len(back["ref"])) == (f"ESIA-{code}", 8)


def test_only_what_the_scopes_open_is_read(keys_dir: Path, database_url: str, redis_url: str) -> None:
    narrow = {"esia_scope": "openid fullname birthdate"}
    with running_stack(keys_dir, database_url, redis_url, narrow) as stack:
        assert stack.outcome() == "in"
        assert [path for path in paths(stack) if "/rs/" in path] == ["GET /rs/prns/1000000001"]
    wide = {"esia_scope": "openid fullname snils mobile usr_org id_doc kid_fullname kid_birth_cert_doc"}
    with running_stack(keys_dir, database_url, redis_url, wide) as stack:
        assert stack.outcome() == "in"
        read = {path.rpartition("/")[2] for path in paths(stack) if "/rs/" in path}
        assert read == {"1000000001", "ctts", "docs", "roles", "kids"}
