"""The one flat environment all processes of an instance are started with."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from myschool_stack import keys
from myschool_stack.layout import HOME_MARK, SERVICES, Profile

REALM = "myschool"
OWNER = "myschool"
APPLICATION = f"{OWNER}_app"  # the rights it needs are given by every `migrate` (myschool_privacy.migrations)
# These describe an instance rather than the product: never handed on from a caller that lives inside another instance.
_OURS = ("MYSCHOOL_PORT_", "MYSCHOOL_HOME", HOME_MARK)
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "XDG_CACHE_HOME",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)


def product(profile: Profile) -> dict[str, str]:
    """Every MYSCHOOL_* variable of the instance; addresses a person gave replace ours."""
    values = {
        "MYSCHOOL_POSTGRES_URL": _postgres_url(profile),
        "MYSCHOOL_REDIS_URL": f"redis://127.0.0.1:{profile.port('valkey')}/0",
        "MYSCHOOL_KAFKA": f"127.0.0.1:{profile.port('kafka')}",
        "MYSCHOOL_KEYCLOAK_URL": f"http://localhost:{profile.port('keycloak')}",
        "MYSCHOOL_KEYCLOAK_REALM": REALM,
        "MYSCHOOL_KEYCLOAK_ADMIN": "admin",
        "MYSCHOOL_KEYCLOAK_ADMIN_PASSWORD": keys.secret(profile.keys, "keycloak.password"),
        "MYSCHOOL_GATEWAY_URL": f"http://localhost:{profile.port('gateway')}",
        "MYSCHOOL_BRIDGE_URL": f"http://localhost:{profile.port('bridge')}",
        "MYSCHOOL_ESIA_URL": f"http://localhost:{profile.port('esia')}",
        "MYSCHOOL_SMTP_URL": f"smtp://127.0.0.1:{profile.port('mail')}",
        "MYSCHOOL_LIBRARY_HTTP_URL": f"http://localhost:{profile.port('library_http')}",
        "MYSCHOOL_KEYS_DIR": str(profile.keys),
        "MYSCHOOL_FILES_DIR": str(profile.home / "files"),
        "MYSCHOOL_WEB_DIST": str(profile.root / "web" / "dist"),
        # One box is a region and, so that the federal page has something to show, its own federal plane.
        "MYSCHOOL_CELLS_FILE": str(Path(__file__).with_name("cells.yaml")),
        "MYSCHOOL_FEDERAL_BESIDE_SERVE": "true",
        HOME_MARK: str(profile.home),
    }
    for service in SERVICES:
        values[f"MYSCHOOL_{service.upper()}_ADDRESS"] = f"127.0.0.1:{profile.port(service)}"
    if not profile.caller.get("MYSCHOOL_ESIA_URL"):
        # The simulator's keys are replaced at its stand; the real ones come as a file unless the operator says otherwise.
        values["MYSCHOOL_ESIA_KEYS_URL"] = f"{values['MYSCHOOL_ESIA_URL']}/public/esia.zip"
    if profile.shows_metrics:
        values |= {f"MYSCHOOL_{part.upper()}_METRICS": metrics_address(profile, part) for part in (*SERVICES, "gateway")}
    ours = {name: value for name, value in profile.caller.items() if name.startswith("MYSCHOOL_") and value}
    return values | {name: value for name, value in ours.items() if not name.startswith(_OURS)}


def metrics_address(profile: Profile, part: str) -> str:
    """Where a part shows its figures, when MYSCHOOL_METRICS=1."""
    return f"127.0.0.1:{profile.port(f'{part}_metrics')}"


def of_process(profile: Profile, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process gets: the product's variables, the few of the caller it needs, and the tools of the virtual environment first."""
    passed = {name: profile.caller[name] for name in _PASSED_ON if name in profile.caller}
    passed["PATH"] = f"{profile.root / '.venv' / 'bin'}:{passed.get('PATH', '/usr/bin:/bin')}"
    return passed | {"PYTHONUNBUFFERED": "1"} | product(profile) | dict(extra or {})


def _postgres_url(profile: Profile) -> str:
    password = keys.secret(profile.keys, "postgres.password")
    return f"postgresql://{OWNER}:{password}@127.0.0.1:{profile.port('postgres')}"


def application_postgres(profile: Profile) -> dict[str, str]:
    """The login of what serves: it reads and writes rows, but cannot touch the schema nor rewrite the record of reads.

    Empty for a server that a person gave: its logins are theirs.
    """
    if "postgres" in profile.given:
        return {}
    password = keys.secret(profile.keys, "postgres-app.password")
    return {"MYSCHOOL_POSTGRES_URL": f"postgresql://{APPLICATION}:{password}@127.0.0.1:{profile.port('postgres')}"}


def shown(address: str) -> str:
    """An address without user and password, for the table and messages."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or "@" not in parts.netloc:
        return address
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
