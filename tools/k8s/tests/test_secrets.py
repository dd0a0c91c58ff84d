"""Secrets are made once from a folder of keys; nothing that belongs to Госуслуги is made up for a region."""

import base64
from pathlib import Path

import yaml
from typer.testing import CliRunner

from myschool_identity.settings import IdentitySettings
from myschool_k8s import secrets
from myschool_k8s.__main__ import cli
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

RUN = CliRunner()


def printed(folder: Path, *words: str) -> dict[str, dict[str, bytes]]:
    done = RUN.invoke(cli, ["secrets", "--keys", str(folder), *words])
    assert done.exit_code == 0, done.output
    made = list(yaml.safe_load_all(done.stdout))
    return {item["metadata"]["name"]: {key: base64.b64decode(value) for key, value in item["data"].items()} for item in made}


def test_secrets_when_printed_for_a_stand_then_they_are_all_that_pods_name(tmp_path: Path) -> None:
    made = printed(tmp_path, "--demo", "--namespace", "myschool-dev")
    assert made.keys() == secrets.names() - set(secrets.BROUGHT)
    for name, patterns in secrets.KEYS.items():
        assert {key for key in made[name] if not key.startswith("provider-")} == {key for key in patterns if "*" not in key}
    assert made["valkey"]["auth.conf"] == b"requirepass " + made["valkey"]["password"] + b"\n"
    assert made["postgres-journal"]["username"] == b"myschool_journal"
    assert made["postgres-journal-app"]["username"] == b"myschool_journal_app"
    assert all(made[name]["password"].isalnum() for name in secrets.LOGINS)
    assert made["postgres-journal"]["password"] != made["postgres-journal-app"]["password"]


def test_secrets_when_printed_again_then_nothing_has_changed(tmp_path: Path) -> None:
    assert printed(tmp_path, "--demo") == printed(tmp_path, "--demo")


def test_secrets_when_a_region_has_no_key_of_gosuslugi_then_it_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    done = RUN.invoke(cli, ["secrets", "--keys", str(tmp_path)])
    assert done.exit_code == 1
    assert "esia.pub, esia-client.key, esia-client.crt" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_secrets_when_a_region_brings_its_keys_then_no_demo_is_among_them(tmp_path: Path) -> None:
    for name in ("esia.pub", "esia-client.key", "esia-client.crt"):
        (tmp_path / name).write_text(f"the region's own {name}")
    made = printed(tmp_path)
    assert made["keys-bridge"]["esia.pub"] == b"the region's own esia.pub"
    assert made["keys-providers"] == {}
    assert "keys-esia-test" not in made
    assert not (tmp_path / "esia.key").exists()


def test_keys_when_a_process_reads_them_then_they_open_what_they_are_for(tmp_path: Path) -> None:
    for name, content in printed(tmp_path / "made", "--demo")["keys-personal"].items():
        (tmp_path / name).write_bytes(content)
    settings = IdentitySettings(keys_dir=tmp_path)
    cipher = EnvelopeCipher(settings.key("field.key"))
    assert cipher.decrypt(cipher.encrypt(b"000-000-000 00", "snils"), "snils") == b"000-000-000 00"
    assert len(LookupHash(settings.key("lookup.key")).of("00000000000")) == 32
