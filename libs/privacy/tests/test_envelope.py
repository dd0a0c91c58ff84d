"""Sealed values: only their envelope changes with the wrapping key, and nothing opens what was moved, changed or belongs to a lost key."""

import base64
import os

import pytest
from cryptography.exceptions import InvalidTag

from myschool_kit.crypto import FieldCipher
from myschool_privacy.envelope import EnvelopeCipher

OLD, NEW = (base64.b64encode(os.urandom(32)) for _ in range(2))


def test_value_when_sealed_twice_then_differs_and_both_open() -> None:
    cipher = EnvelopeCipher(OLD)
    one, two = cipher.encrypt(b"000-001", "person:1"), cipher.encrypt(b"000-001", "person:1")
    assert one[-30:] != two[-30:]
    assert cipher.decrypt(one, "person:1") == cipher.decrypt(two, "person:1") == b"000-001"
    assert b"000-001" not in one


def test_value_when_the_wrapping_key_changes_then_its_ciphertext_stays() -> None:
    sealed = EnvelopeCipher(OLD).encrypt(b"000-001", "person:1")
    both = EnvelopeCipher(NEW + b"\n" + OLD + b"\n")
    wrapped = both.rewrap(sealed, "person:1")
    assert wrapped is not None
    assert wrapped[68:] == sealed[68:]
    assert wrapped[:68] != sealed[:68]
    assert EnvelopeCipher(NEW).decrypt(wrapped, "person:1") == b"000-001"
    assert both.rewrap(wrapped, "person:1") is None
    with pytest.raises(InvalidTag):
        EnvelopeCipher(OLD).decrypt(wrapped, "person:1")
    with pytest.raises(InvalidTag):
        EnvelopeCipher(NEW).rewrap(sealed, "person:1")


def test_value_when_sealed_before_envelopes_then_opened_and_put_into_one() -> None:
    before, cipher = FieldCipher(OLD).encrypt(b"000-001", "person:1"), EnvelopeCipher(NEW + b"\n" + OLD)
    assert cipher.decrypt(before, "person:1") == b"000-001"
    wrapped = cipher.rewrap(before, "person:1")
    assert wrapped is not None
    assert EnvelopeCipher(NEW).decrypt(wrapped, "person:1") == b"000-001"


@pytest.mark.parametrize("place", [0, 4, 8, 30, 68, 80, -1])
def test_value_when_a_byte_is_changed_then_refused(place: int) -> None:
    cipher = EnvelopeCipher(OLD)
    sealed = bytearray(cipher.encrypt(b"000-001", "person:1"))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        cipher.decrypt(bytes(sealed), "person:1")


def test_value_when_moved_or_cut_then_refused() -> None:
    cipher = EnvelopeCipher(OLD)
    sealed = cipher.encrypt(b"000-001", "person:1")
    for wrong, context in ((sealed, "person:2"), (sealed[:40], "person:1"), (sealed[:70], "person:1"), (b"", "person:1")):
        with pytest.raises(InvalidTag):
            cipher.decrypt(wrong, context)
