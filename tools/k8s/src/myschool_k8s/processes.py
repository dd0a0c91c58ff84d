"""Each container as the process it starts: its environment, its settings class, the keys it asks for."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from myschool_analytics.settings import AnalyticsSettings
from myschool_esia_simulator.settings import Settings as SimulatorSettings
from myschool_gateway.settings import GatewaySettings
from myschool_identity.settings import IdentitySettings
from myschool_k8s import edges, secrets
from myschool_k8s.layout import ROOT
from myschool_k8s.policies import workloads
from myschool_k8s.render import Object, of_kind, said
from myschool_kit.settings import Settings
from myschool_library.settings import LibrarySettings
from myschool_messaging.settings import MessagingSettings
from myschool_seed.settings import SeedSettings

CLASSES = {
    "identity": IdentitySettings,
    "roles": Settings,
    "journal": Settings,
    "library": LibrarySettings,
    "messaging": MessagingSettings,
    "analytics": AnalyticsSettings,
    "gateway": GatewaySettings,
    "seed": SeedSettings,
    "esia-simulator": SimulatorSettings,
}
# What a password stands for in a check.
_DUMMY = "0a1b2c"


@dataclass(frozen=True)
class Process:
    """What one container runs."""

    said: str
    service: str
    command: str
    environment: Mapping[str, str]
    keys: frozenset[str]


def of(items: list[Object]) -> Iterator[Process]:
    """The processes of our own images in an overlay."""
    config = {item["metadata"]["name"]: item["data"] for item in of_kind(items, "ConfigMap")}
    for item, template in workloads(items):
        for container in template["spec"]["containers"]:
            service = container["image"].split("@")[0].rpartition("/")[2].partition(":")[0]
            if service in CLASSES:
                command = (container.get("args") or ["serve"])[0]
                yield Process(said(item), service, command, _environment(container, config), _keys(template["spec"], container))


def _environment(container: Object, config: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """As the kubelet makes it: files of settings first, then each variable, with $(NAME) of earlier ones filled in."""
    values: dict[str, str] = {}
    for entry in container.get("envFrom", []):
        values |= config[entry["configMapRef"]["name"]]
    for entry in container.get("env", []):
        text = entry.get("value", _DUMMY)
        for name, known in values.items():
            text = text.replace(f"$({name})", known)
        values[entry["name"]] = text
    return values


def _keys(pod: Object, container: Object) -> frozenset[str]:
    """Key files that lie where MYSCHOOL_KEYS_DIR points."""
    mounted = {mount["name"] for mount in container.get("volumeMounts", []) if mount["mountPath"] == "/run/keys"}
    sources = [source for volume in pod.get("volumes", []) if volume["name"] in mounted for source in volume["projected"]["sources"]]
    return frozenset(name for source in sources for name in secrets.KEYS[source["secret"]["name"]])


def asked(service: str, command: str) -> frozenset[str]:
    """Key files that the code of a process reads: `….key("name")` in the modules it composes."""
    if service == "esia-simulator":
        return frozenset(secrets.KEYS["keys-esia-test"])
    if service == "seed":
        return frozenset({*_read(ROOT / "tools/seed/src/myschool_seed"), "provider-*.secret"})
    if service == "gateway":
        return _read(ROOT / "gateway/src/myschool_gateway")
    package = edges.package_of(service)
    if command == "bridge":
        return _read(package / command)
    if command == "realm":
        return _named(package / command) - {name for names in secrets.NEXT.values() for name in names} | {"provider-*.secret"}
    kit = _read(ROOT / "libs/kit/src/myschool_kit/service.py") if command == "serve" else frozenset()
    return frozenset() if command == "migrate" else _read(package / "app.py") | kit


def _named(place: Path) -> frozenset[str]:
    """Names of key files that stand in the code, for a process that puts its list together."""
    trees = (ast.parse(path.read_text("utf-8")) for path in place.rglob("*.py"))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(text for text in texts if re.fullmatch(r"[\w-]+\.key", text))


def _read(place: Path) -> frozenset[str]:
    found = set()
    for path in [place] if place.is_file() else place.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "key" and len(node.args) == 1:
                (argument,) = node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return frozenset(found)
