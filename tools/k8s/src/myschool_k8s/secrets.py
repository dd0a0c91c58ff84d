"""The Secrets of a cell: which there are, what lies in them, and their manifests made from a folder of key files."""

import base64
import secrets as random
from collections.abc import Iterable, Mapping
from pathlib import Path

from myschool_k8s.layout import SERVICES
from myschool_k8s.render import Object
from myschool_stack.keys import ensure_keys

# Secret → key files in it. A process mounts only the Secrets it needs.
KEYS: Mapping[str, tuple[str, ...]] = {
    "keys-principal-public": ("principal.pub",),
    "keys-personal": ("field.key", "lookup.key"),
    "keys-principal": ("principal.key",),
    "keys-gateway": ("cookie.key",),
    "keys-gateway-client": ("gateway-client.key",),
    "keys-bridge": ("bridge.key", "bridge-next.key", "esia.pub", "esia-client.key", "esia-client.crt"),
    "keys-esia-test": ("esia.key", "esia-client.crt"),
    "keys-providers": ("provider-*.secret",),
}
# Beside them when they are there: the key that comes next, for the days of a replacement; the token for a service that signs for us.
NEXT = {"keys-gateway-client": ("gateway-client-next.key",), "keys-bridge": ("esia-signer.token",)}
# A database's owner, and beside it the login that serves; Keycloak migrates itself and has one.
LOGINS = {
    **{f"postgres-{name}": f"myschool_{name}" for name in SERVICES},
    **{f"postgres-{name}-app": f"myschool_{name}_app" for name in SERVICES},
    "postgres-keycloak": "keycloak",
}
# Secrets that somebody else makes: the PostgreSQL operator, cert-manager, the Kafka operator.
MADE_BY_OPERATORS = ("postgres-ca", "public-tls")
# Secrets whose values only the people of the region know.
BROUGHT = ("backup-s3",)
# The same for components of one's choice: a region without them has none.
CHOSEN = ("mail-server",)
_GOSUSLUGI = ("esia.pub", "esia-client.key", "esia-client.crt")


class MissingKeysError(Exception):
    """What has to be brought first."""


def names() -> set[str]:
    """Every Secret that somebody has to give to a cell."""
    return {*KEYS, *LOGINS, "valkey", "keycloak-admin", *BROUGHT}


def manifests(folder: Path, *, demo: bool) -> list[Object]:
    """Secret objects from the folder; what is missing there is made, but nothing that belongs to Госуслуги unless for a stand."""
    if not demo and (absent := [name for name in _GOSUSLUGI if not (folder / name).exists()]):
        message = f"{', '.join(absent)}: put what the contract with Госуслуги gave you into {folder}, or say --demo for a stand"
        raise MissingKeysError(message)
    ensure_keys(folder, demo=demo)
    made = [
        _secret(name, _files(folder, (*patterns, *NEXT.get(name, ()))))
        for name, patterns in KEYS.items()
        if demo or name != "keys-esia-test"
    ]
    made += [_login(name, user, folder) for name, user in LOGINS.items()]
    password = _password(folder, "valkey")
    made.append(_secret("valkey", {"password": password, "auth.conf": b"requirepass " + password + b"\n"}))
    made.append(_login("keycloak-admin", "admin", folder))
    return made


def external() -> Iterable[Object]:
    """ExternalSecrets for all of them, from a vault, under myschool/<name of the Secret>."""
    for name in sorted(names() - {"keys-esia-test"}):
        target: Object = {"name": name}
        if name.startswith("postgres-"):
            target["template"] = {"type": "kubernetes.io/basic-auth"}
        yield {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": name},
            "spec": {
                "refreshInterval": "15m",
                "secretStoreRef": {"kind": "SecretStore", "name": "vault"},
                "target": target,
                "dataFrom": [{"extract": {"key": f"myschool/{name}"}}],
            },
        }


def _files(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for pattern in patterns for path in sorted(folder.glob(pattern))}


def _login(name: str, user: str, folder: Path) -> Object:
    return _secret(name, {"username": user.encode(), "password": _password(folder, name)}, "kubernetes.io/basic-auth")


def _password(folder: Path, name: str) -> bytes:
    """Letters and digits, for it becomes part of an address."""
    path = folder / f"{name}.password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(random.token_hex(24))
    return path.read_bytes().strip()


def _secret(name: str, content: Mapping[str, bytes], kind: str = "Opaque") -> Object:
    data = {key: base64.b64encode(value).decode() for key, value in content.items()}
    labels = {"app.kubernetes.io/part-of": "myschool"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels}, "type": kind, "data": data}
