"""Look-up hashes: what neighbours write while the key is replaced, each finds; and hashes go over to the new key without the value."""

import base64
import hashlib
import hmac
import os

import pytest

from myschool_kit.crypto import LookupHash as Before
from myschool_privacy.lookup import LookupHash

K1, K2 = (base64.b64encode(os.urandom(32)) for _ in range(2))
STEPS = (K1, K1 + b"\n" + K2 + b" announced\n", K1 + b"\n" + K2 + b" used\n", K1 + b"\n" + K2 + b"\n")


def test_hash_when_one_key_then_as_it_has_always_been() -> None:
    assert LookupHash(K1).of("00000000000") == Before(K1).of("00000000000")
    assert LookupHash(K1).other("00000000000") is None


@pytest.mark.parametrize("step", [0, 1, 2])
def test_neighbours_when_one_is_a_step_ahead_then_each_finds_what_the_other_wrote(step: int) -> None:
    before, after = LookupHash(STEPS[step]), LookupHash(STEPS[step + 1])
    assert before.of("1") in after.all_of(["1"]) or step == 2  # by `retire` every hash has been carried over
    assert after.of("1") in before.all_of(["1"])


def test_hash_when_carried_over_then_equals_the_hash_of_the_value() -> None:
    first, last = LookupHash(STEPS[0]), LookupHash(STEPS[3])
    assert (first.generation, last.generation) == (1, 2)
    assert last.carry(first.of("1"), 1, 2) == last.of("1")
    assert last.of("1") == hmac.new(base64.b64decode(K2), first.of("1"), hashlib.sha256).digest()
    assert last.of("1") != LookupHash(K2).of("1")


@pytest.mark.parametrize("lines", [b"", K1 + b" used\n" + K2, K1 + b" forgotten"], ids=["empty", "state in front", "unknown state"])
def test_file_when_malformed_then_refused(lines: bytes) -> None:
    with pytest.raises(ValueError, match=r"lookup\.key"):
        LookupHash(lines)
