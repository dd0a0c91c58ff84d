"""Machine accounts: publishers who push into the library, and information systems of the region. Made from files of the keys folder.

`provider-<name>.secret` makes a publisher. `system-<name>.secret` beside `system-<name>.json` makes a system of the region; the JSON
says what it is called, which region it belongs to and what it may do: {"name": …, "region_code": …, "scopes": […]}.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from myschool_identity.realm.desired import Representation, client, mapper
from myschool_identity.settings import IdentitySettings

PROVIDE_SCOPE = "library.provide"
# Scope → what it is for; the gateway keeps the list of routes that each opens.
SYSTEM_SCOPES = {
    "organisations.read": "Reading the schools of a region",
    "roster.write": "Importing classes, pupils, teachers and guardians of schools of a region",
}
PREFIXES = ("provider-", "system-")
_PROVIDER_NAMES = {"prosveshchenie": "Просвещение", "other": "Другое издательство"}
# Seconds; a machine asks for a new one.
_LIFETIME = "300"


class BadDescription(ValueError):
    """A system's file does not say what it must; the words tell what to change."""


@dataclass(frozen=True)
class Machine:
    """A client with what its tokens carry and the scopes it is given."""

    client: Representation
    mappers: list[Representation]
    scopes: tuple[str, ...]


def scopes() -> list[tuple[Representation, list[Representation]]]:
    """Every right a machine can have; each names as audience whoever takes its tokens."""
    wanted = [(PROVIDE_SCOPE, "Upload of content to the library", "library")]
    wanted += [(name, description, "gateway") for name, description in SYSTEM_SCOPES.items()]
    return [(_scope(name, description), [_audience(audience)]) for name, description, audience in wanted]


def machines(settings: IdentitySettings) -> list[Machine]:
    """Publishers and systems by the files of the keys folder. Raises BadDescription for a system's file that says something else."""
    return [*_providers(settings.keys_dir), *_systems(settings.keys_dir)]


def _providers(folder: Path) -> Iterator[Machine]:
    for file in sorted(folder.glob("provider-*.secret")):
        name = _PROVIDER_NAMES.get(file.stem.removeprefix("provider-"), file.stem)
        yield Machine(_account(file, name), [_claim("provider_name", name)], (PROVIDE_SCOPE,))


def _systems(folder: Path) -> Iterator[Machine]:
    for file in sorted(folder.glob("system-*.secret")):
        name, region, granted = _described(file.with_suffix(".json"))
        yield Machine(_account(file, name), [_claim("system_name", name), _claim("region_code", region)], granted)


def _described(file: Path) -> tuple[str, str, tuple[str, ...]]:
    """Name, region and scopes of a system."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        name, region, granted = told["name"], told["region_code"], tuple(told["scopes"])
        good = isinstance(name, str) and 0 < len(name) <= 200 and isinstance(region, str) and region.isdigit() and len(region) == 2
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _bad(file, 'write {"name": …, "region_code": two digits, "scopes": […]}') from error
    if not good:
        raise _bad(file, "name and region_code must be texts, the region two digits")
    if not granted or not set(granted) <= SYSTEM_SCOPES.keys():
        raise _bad(file, f"scopes must be some of {', '.join(SYSTEM_SCOPES)}")
    return name, region, granted


def _bad(file: Path, what: str) -> BadDescription:
    return BadDescription(f"{file.name} does not describe a system: {what}")


def _account(file: Path, name: str) -> Representation:
    return client(file.stem, name) | {
        "clientAuthenticatorType": "client-secret",
        "serviceAccountsEnabled": True,
        "secret": file.read_text(encoding="utf-8").strip(),
        "attributes": {"access.token.lifespan": _LIFETIME},
    }


def _scope(name: str, description: str) -> Representation:
    return {
        "name": name,
        "description": description,
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"},
    }


def _audience(audience: str) -> Representation:
    config = {"included.custom.audience": audience, "access.token.claim": "true", "id.token.claim": "false"}
    return mapper(f"{audience}-audience", "oidc-audience-mapper", config)


def _claim(name: str, value: str) -> Representation:
    config = {
        "claim.name": name,
        "claim.value": value,
        "jsonType.label": "String",
        "id.token.claim": "false",
        "access.token.claim": "true",
        "userinfo.token.claim": "false",
    }
    return mapper(name, "oidc-hardcoded-claim-mapper", config)
