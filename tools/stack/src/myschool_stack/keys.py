"""Key files of one instance, made once; the people who run a region bring their own the same way."""

import base64
import datetime as dt
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as wire
from cryptography.hazmat.primitives.asymmetric import rsa

_PAIRS = ("principal", "gateway-client", "bridge", "bridge-next", "esia", "esia-client")
_RANDOM = ("field.key", "lookup.key", "cookie.key")
_SECRETS = ("postgres.password", "keycloak.password", "provider-prosveshchenie.secret", "provider-other.secret")
_CERTIFICATE_DAYS = 3650


def ensure_keys(folder: Path) -> None:
    """Makes every key that is missing, mode 0600; a key that exists is never touched."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _PAIRS:
        _ensure_pair(folder, name)
    for name in _RANDOM:
        _ensure(folder / name, base64.b64encode(os.urandom(32)))
    for name in _SECRETS:
        _ensure(folder / name, secrets.token_urlsafe(24).encode())
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
