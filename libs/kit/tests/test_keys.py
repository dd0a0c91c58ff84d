"""Keys that are being replaced: two at once, each by its place in the file."""

import base64
import os

import pytest
from cryptography.exceptions import InvalidTag

from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import Unauthenticated
from myschool_kit.principal import PrincipalSigner, PrincipalVerifier
from myschool_testing import a_principal, key_pair


def random_key() -> bytes:
    return base64.b64encode(os.urandom(32))


def test_cipher_when_it_has_two_keys_then_the_first_encrypts_and_both_decrypt() -> None:
    old, new = random_key(), random_key()
    sealed = FieldCipher(old).encrypt(b"000-001", "person:1")
    both = FieldCipher(new + b"\n" + old + b"\n")
    assert both.decrypt(sealed, "person:1") == b"000-001"
    assert FieldCipher(new).decrypt(both.encrypt(b"000-002", "person:2"), "person:2") == b"000-002"
    with pytest.raises(InvalidTag):
        FieldCipher(new).decrypt(sealed, "person:1")
    with pytest.raises(InvalidTag):
        both.decrypt(sealed, "person:2")


def test_verifier_when_it_has_two_keys_then_it_takes_tokens_of_both_and_of_no_other() -> None:
    pairs = [key_pair.__wrapped__() for _ in range(3)]
    verifier = PrincipalVerifier(b"".join(public for _private, public in pairs[:2]))
    for private, _public in pairs[:2]:
        assert verifier.verify(PrincipalSigner(private).sign(a_principal("TEACHER"))).role_type == "TEACHER"
    with pytest.raises(Unauthenticated):
        verifier.verify(PrincipalSigner(pairs[2][0]).sign(a_principal("TEACHER")))


def test_verifier_when_the_file_is_no_key_then_it_does_not_start() -> None:
    with pytest.raises(ValueError):
        PrincipalVerifier(b"nonsense")
