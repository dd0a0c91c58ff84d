"""Key files of one instance, made once; the people who run a region bring their own the same way."""

import base64
import datetime as dt
import json
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as wire
from cryptography.hazmat.primitives.asymmetric import rsa

from myschool_stack.errors import StackError

_PAIRS = ("principal", "gateway-client", "bridge", "bridge-next")
_RANDOM = ("field.key", "lookup.key", "cookie.key")
_SECRETS = ("postgres.password", "postgres-app.password", "keycloak.password")
_DEMO_SECRETS = ("provider-prosveshchenie.secret", "provider-other.secret", "system-demo.secret")
_DEMO_SYSTEM = {"name": "РИС «Образование»", "region_code": "99", "scopes": ["organisations.read", "roster.write"]}
_GOSUSLUGI = ("esia", "esia-client")
_RANDOM_ROTATED = ("cookie.key", "field.key")
_CERTIFICATE_DAYS = 3650


def ensure_keys(folder: Path, *, demo: bool = True) -> None:
    """Makes every key that is missing, mode 0600; a key that exists is never touched. `demo`: those of the simulator and publishers too."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _PAIRS + _GOSUSLUGI * demo:
        _ensure_pair(folder, name)
    for name in _RANDOM:
        _ensure(folder / name, base64.b64encode(os.urandom(32)))
    for name in _SECRETS + _DEMO_SECRETS * demo:
        _ensure(folder / name, secrets.token_urlsafe(24).encode())
    if not demo:
        return
    _ensure(folder / "system-demo.json", json.dumps(_DEMO_SYSTEM, ensure_ascii=False).encode())
    certificate = folder / "esia-client.crt"
    if not certificate.exists():
        _ensure(certificate, _self_signed(folder / "esia-client.key"))


def secret(folder: Path, name: str) -> str:
    """A secret by the name of its file."""
    return (folder / name).read_text().strip()


def _ensure(path: Path, content: bytes) -> None:
    if path.exists():
        return
    # Written beside and renamed: a start that is killed half-way never leaves half a key.
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.rename(path)


def _ensure_pair(folder: Path, name: str) -> None:
    private = folder / f"{name}.key"
    if not private.exists():
        key = rsa.generate_private_key(65537, 2048)
        _ensure(private, key.private_bytes(wire.Encoding.PEM, wire.PrivateFormat.PKCS8, wire.NoEncryption()))
    public = folder / f"{name}.pub"
    if not public.exists():
        loaded = wire.load_pem_private_key(private.read_bytes(), None)
        _ensure(public, loaded.public_key().public_bytes(wire.Encoding.PEM, wire.PublicFormat.SubjectPublicKeyInfo))


def _self_signed(private: Path) -> bytes:
    key = wire.load_pem_private_key(private.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        message = f"{private.name} is not an RSA key"
        raise TypeError(message)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "myschool")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=_CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(wire.Encoding.PEM)


_ROTATED = (*_RANDOM_ROTATED, "lookup.key", "bridge.key", "principal.key", "gateway-client.key")


def announce(folder: Path, name: str) -> None:
    """Step 1: makes the next key and lets every process know it. Nobody uses it yet: restart the processes one by one afterwards."""
    if name in _RANDOM_ROTATED:
        lines = (folder / name).read_bytes().split()
        _replace(folder / name, b"\n".join([*lines, _new_key().encode()]) + b"\n")
        return
    if name == "lookup.key":
        _lookup(folder, "", _new_key() + " announced")
        return
    stem = _stem(name)
    following = folder / f"{stem}-next.key"
    if following.exists():
        raise StackError(f"{following} is there already.", f"Go on with `use`: the next key of {name} has been announced.")
    _ensure_pair(folder, f"{stem}-next")
    known = (folder / f"{stem}.pub").read_bytes()
    _replace(folder / f"{stem}.pub", known + (folder / f"{stem}-next.pub").read_bytes())


def use(folder: Path, name: str) -> None:
    """Step 2: from the next restart on the new key signs or encrypts; what the former one made is still good."""
    if name in _RANDOM_ROTATED:
        *former, newest = (folder / name).read_bytes().split()
        _replace(folder / name, b"\n".join([newest, *former]) + b"\n")
        return
    if name == "lookup.key":
        _lookup(folder, " announced", " used")
        return
    following = folder / f"{_stem(name)}-next.key"
    if not following.exists():
        raise StackError(f"There is no {following}.", f"Begin with `announce {name}`.")
    following.rename(folder / name)
    if name == "bridge.key":  # Keycloak must always know the one that comes next: it is announced by the bridge itself
        (folder / "bridge-next.pub").rename(folder / "bridge.pub")
        _ensure_pair(folder, "bridge-next")


def retire(folder: Path, name: str) -> None:
    """Step 3: the former key is forgotten. What it made must be gone by then: see the runbook."""
    if name in _RANDOM_ROTATED:
        _replace(folder / name, (folder / name).read_bytes().split()[0] + b"\n")
        return
    if name == "lookup.key":
        _lookup(folder, " used", "")
        return
    stem = _stem(name)
    if stem == "bridge":
        raise StackError("Nothing of bridge.key is left to retire.", "`use` has forgotten the former key: its tokens lived five minutes.")
    (folder / f"{stem}-next.pub").unlink(missing_ok=True)
    (folder / f"{stem}.pub").unlink()
    _ensure_pair(folder, stem)


def _lookup(folder: Path, before: str, after: str) -> None:
    """Moves the last line of lookup.key on by one step; earlier lines stay for good, for every hash is a chain of all keys."""
    path = folder / "lookup.key"
    *former, last = [line for line in path.read_text().splitlines() if line.strip()]
    key, _, state = last.partition(" ")
    if state != before.strip():
        raise StackError(f"lookup.key is in the state «{state or 'in use'}».", "Steps in turn: announce, use, retire (see the runbook).")
    lines = [*former, key + after] if before else [*former, key, after]
    _replace(path, "\n".join(lines).encode() + b"\n")


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def _stem(name: str) -> str:
    if name not in _ROTATED:
        raise StackError(f"{name} is not replaced step by step.", f"These are: {', '.join(_ROTATED)}; others: runbook of a lost key.")
    return name.removesuffix(".key")


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.next")
    draft.unlink(missing_ok=True)
    _ensure(draft, content)
    draft.rename(path)
