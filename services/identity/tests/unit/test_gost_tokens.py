"""Signatures of tokens by ГОСТ: whose are taken, in which order of bytes, and that a kind of key takes no other algorithm."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from myschool_esia_simulator.testing_keys import GostPair, gost_pair, new_key, pem, self_signed
from myschool_identity.bridge import gost
from myschool_identity.bridge.esia_keys import EsiaKeys

PAIR, STRANGER = gost_pair(), gost_pair()
HEAD = {"alg": "GOST3410_2012_256", "typ": "JWT", "sbt": "id", "ver": 0}
CLAIMS = {"sub": 1000000001, "iss": "http://esia-portal1.test.gosuslugi.ru/"}


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def token(pair: GostPair = PAIR, head: dict[str, Any] | None = None, *, turned: bool = False) -> str:
    signed = f"{text(json.dumps(head or HEAD).encode())}.{text(json.dumps(CLAIMS).encode())}"
    made = pair.sign(signed.encode())
    return f"{signed}.{text(made[::-1] if turned else made)}"


@pytest.fixture
def keys(tmp_path: Path) -> EsiaKeys:
    """A file with certificates of both kinds, and something else."""
    rsa = new_key()
    (tmp_path / "rsa.key").write_bytes(pem(rsa))
    from cryptography.hazmat.primitives.serialization import Encoding

    parts = [
        self_signed(rsa).public_bytes(Encoding.PEM),
        PAIR.certificate,
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ]
    (tmp_path / "esia.pub").write_bytes(b"".join(parts))
    return EsiaKeys(tmp_path / "esia.pub", "", httpx.AsyncClient())


@pytest.mark.parametrize("turned", [False, True], ids=["as openssl writes", "last byte first"])
async def test_token_when_signed_by_gost_then_its_words_are_taken(keys: EsiaKeys, turned: bool) -> None:
    found = await keys.verified(token(turned=turned))
    assert (found.header["sbt"], found.claims) == ("id", CLAIMS)


async def test_token_when_signed_by_rsa_then_it_is_taken_beside(keys: EsiaKeys, tmp_path: Path) -> None:
    key = RSAKey.import_key((tmp_path / "rsa.key").read_bytes())
    assert (await keys.verified(jwt.encode({"alg": "RS256"}, CLAIMS, key))).claims == CLAIMS


def bad(kind: str) -> str:
    head, claims, signature = token().split(".")
    other = text(json.dumps(CLAIMS | {"sub": 1}).encode())
    return {
        "other words": f"{head}.{other}.{signature}",
        "a stranger": token(STRANGER),
        "says RS256": token(head=HEAD | {"alg": "RS256"}),
        "says none": token(head=HEAD | {"alg": "none"}),
        "says nothing": token(head={"typ": "JWT"}),
        "a head that is a list": f"{text(b'[]')}.{claims}.{signature}",
        "no signature": f"{head}.{claims}.",
        "zeros": f"{head}.{claims}.{text(bytes(64))}",
        "ones": f"{head}.{claims}.{text(bytes([255]) * 64)}",
        "a byte less": f"{head}.{claims}.{text(PAIR.sign(b'')[:63])}",
        "no base64": f"{head}.{claims}.ё",
        "two parts": f"{head}.{claims}",
        "nothing": "",
    }[kind]


KINDS = ["other words", "a stranger", "says RS256", "says none", "says nothing", "a head that is a list", "no signature"]
KINDS += ["zeros", "ones", "a byte less", "no base64", "two parts", "nothing"]


@pytest.mark.parametrize("kind", KINDS)
async def test_token_when_it_is_not_good_then_refused(keys: EsiaKeys, kind: str) -> None:
    with pytest.raises(ValueError, match="no key of Госуслуги fits"):
        await keys.verified(bad(kind))


def test_certificate_when_of_another_kind_or_none_then_no_key() -> None:
    assert gost.key_of(PAIR.der) is not None
    for content in (b"", b"\x30\x00", PAIR.der[:100], b"x" * 1000):
        assert gost.key_of(content) is None
