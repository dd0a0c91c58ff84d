"""A key is replaced in three steps; in each, processes with the file of before and of after understand each other."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import Unauthenticated
from myschool_kit.principal import Principal, PrincipalSigner, PrincipalVerifier
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_stack import keys
from myschool_stack.errors import StackError

STEPS = (keys.announce, keys.use, keys.retire)


@pytest.fixture
def folder(tmp_path: Path, made_keys: Path) -> Path:
    for path in made_keys.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize(("name", "kind"), [("cookie.key", FieldCipher), ("field.key", EnvelopeCipher)], ids=["cookie", "field"])
def test_secret_when_replaced_step_by_step_then_neighbours_read_each_other(
    folder: Path, name: str, kind: type[FieldCipher | EnvelopeCipher]
) -> None:
    first = before = kind((folder / name).read_bytes())
    for step in STEPS:
        step(folder, name)
        after = kind((folder / name).read_bytes())
        if step is not keys.retire:  # by then everything is sealed anew
            assert after.decrypt(before.encrypt(b"x", "c"), "c") == b"x"
        assert before.decrypt(after.encrypt(b"y", "c"), "c") == b"y"
        assert (folder / name).stat().st_mode & 0o777 == 0o600
        before = after
    with pytest.raises(InvalidTag):
        first.decrypt(before.encrypt(b"z", "c"), "c")


def test_principal_when_replaced_step_by_step_then_every_gateway_is_believed_by_every_service(folder: Path) -> None:
    somebody = Principal("1", "Соколова А. В.", "TEACHER")

    def at_present() -> tuple[PrincipalSigner, PrincipalVerifier]:
        return PrincipalSigner((folder / "principal.key").read_bytes()), PrincipalVerifier((folder / "principal.pub").read_bytes())

    signer, verifier = at_present()
    first = signer
    for step in STEPS:
        step(folder, "principal.key")
        next_signer, next_verifier = at_present()
        for gateway in (signer, next_signer):
            for service in (verifier, next_verifier):
                assert service.verify(gateway.sign(somebody)) == somebody
        signer, verifier = next_signer, next_verifier
    with pytest.raises(Unauthenticated):
        verifier.verify(first.sign(somebody))


def test_gateway_client_when_replaced_then_the_next_key_waits_for_the_realm_first(folder: Path) -> None:
    before = (folder / "gateway-client.key").read_bytes()
    keys.announce(folder, "gateway-client.key")
    following = (folder / "gateway-client-next.key").read_bytes()
    assert (folder / "gateway-client.key").read_bytes() == before
    with pytest.raises(StackError, match="announced"):
        keys.announce(folder, "gateway-client.key")
    keys.use(folder, "gateway-client.key")
    assert (folder / "gateway-client.key").read_bytes() == following
    assert not (folder / "gateway-client-next.key").exists()
    assert load_pem_private_key(following, None)


def test_step_when_out_of_turn_or_for_another_key_then_told_in_words(folder: Path) -> None:
    with pytest.raises(StackError, match=r"announce principal\.key"):
        keys.use(folder, "principal.key")
    with pytest.raises(StackError, match="runbook"):
        keys.announce(folder, "esia-client.key")
    with pytest.raises(StackError, match="in use"):
        keys.use(folder, "lookup.key")
    keys.announce(folder, "lookup.key")
    with pytest.raises(StackError, match="announced"):
        keys.announce(folder, "lookup.key")
    with pytest.raises(StackError, match="announced"):
        keys.retire(folder, "lookup.key")
    with pytest.raises(StackError, match="retire"):
        keys.retire(folder, "bridge.key")


def test_lookup_when_replaced_step_by_step_then_neighbours_find_what_the_other_wrote(folder: Path) -> None:
    first = before = LookupHash((folder / "lookup.key").read_bytes())
    for step in STEPS:
        step(folder, "lookup.key")
        after = LookupHash((folder / "lookup.key").read_bytes())
        assert after.of("1") in before.all_of(["1"])
        if step is not keys.retire:  # by then every hash has been carried over
            assert before.of("1") in after.all_of(["1"])
        before = after
    assert before.of("1") == before.carry(first.of("1"), first.generation, before.generation) != first.of("1")
    assert (folder / "lookup.key").stat().st_mode & 0o777 == 0o600


def test_bridge_when_replaced_then_it_signs_with_a_key_that_it_has_shown_before(folder: Path) -> None:
    shown = {(folder / f"{name}.key").read_bytes() for name in ("bridge", "bridge-next")}
    with pytest.raises(StackError, match="announced"):
        keys.announce(folder, "bridge.key")
    following = (folder / "bridge-next.key").read_bytes()
    keys.use(folder, "bridge.key")
    assert (folder / "bridge.key").read_bytes() == following
    assert (folder / "bridge-next.key").read_bytes() not in shown
    public = load_pem_private_key(following, None).public_key()
    assert (folder / "bridge.pub").read_bytes() == public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
