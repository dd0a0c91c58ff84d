"""Who dials whom: sibling services read from the code, the parts around them by the kind of process."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from myschool_k8s.layout import ROOT, SERVICES
from myschool_kit.topics import registry

GRPC = 9100


@dataclass(frozen=True, order=True)
class Edge:
    """One allowed connection. Workloads are `<name>/<component>`; other ends are names of `network.PARTS`."""

    client: str
    server: str
    port: int


def dialled_by(package: Path) -> set[str]:
    """Services that a package opens channels to: `….channel("name")` in its code."""
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "channel":
                found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def dialled_by_gateway(path: Path = ROOT / "gateway/src/myschool_gateway/clients.py") -> set[str]:
    """The constant NAMES of the gateway's clients."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "NAMES":
            names: tuple[str, ...] = ast.literal_eval(node.value)
            return set(names)
    message = f"{path} has no NAMES: say here how the gateway names the services it calls"
    raise ValueError(message)


def asks_keycloak(package: Path) -> bool:
    """Whether the package's settings hold Keycloak's address."""
    settings = package / "settings.py"
    return settings.exists() and "keycloak_url" in settings.read_text("utf-8")


def package_of(service: str) -> Path:
    """The folder of a service's package."""
    return ROOT / "services" / service / "src" / f"myschool_{service}"


def producers() -> set[str]:
    """Services with topics of their own, hence with a relay."""
    return {topic.producer for topic in registry().values()}


def consumers() -> dict[str, list[str]]:
    """Service → topics it takes in within a cell; what leaves a region is taken in by the federal process alone."""
    found: dict[str, list[str]] = {}
    for name, topic in sorted(registry().items()):
        for consumer in () if topic.leaves_region else topic.consumers:
            found.setdefault(consumer, []).append(name)
    return found


@cache
def wanted() -> frozenset[Edge]:
    """Every connection the product needs inside a cell."""
    return frozenset(_grpc()) | frozenset(_around_services()) | frozenset(_around_edges())


def _grpc() -> Iterator[Edge]:
    for service in SERVICES:
        for other in dialled_by(package_of(service)):
            yield Edge(f"{service}/serve", f"{other}/serve", GRPC)
    for service in dialled_by_gateway():
        yield Edge("gateway/serve", f"{service}/serve", GRPC)


def _around_services() -> Iterator[Edge]:
    consuming, producing = consumers(), producers()
    for service in SERVICES:
        processes = ["serve"] + ["relay"] * (service in producing) + ["consume"] * (service in consuming)
        for process in processes:
            yield Edge(f"{service}/{process}", "postgres", 5432)
            yield Edge(f"{service}/{process}", "valkey/store", 6379)
            if process != "serve":
                yield Edge(f"{service}/{process}", "kafka", 9092)
        yield Edge(f"{service}/migrate", "postgres", 5432)
        if asks_keycloak(package_of(service)) and service != "identity":
            yield Edge(f"{service}/serve", "public", 443)
    # Analytics tells a week by a job, and the federal plane takes in what mirrors bring by a process of its own.
    yield Edge("analytics/export", "postgres", 5432)
    yield Edge("analytics/federal", "postgres", 5432)
    yield Edge("analytics/federal", "valkey/store", 6379)
    yield Edge("analytics/federal", "kafka", 9092)


def _around_edges() -> Iterator[Edge]:
    yield Edge("gateway/serve", "valkey/store", 6379)
    yield Edge("gateway/serve", "public", 443)
    # Of identity only the bridge and the realm job know Keycloak, and the bridge alone knows Госуслуги.
    yield Edge("identity/bridge", "postgres", 5432)
    yield Edge("identity/bridge", "valkey/store", 6379)
    yield Edge("identity/bridge", "public", 443)
    yield Edge("identity/bridge", "internet", 443)
    yield Edge("identity/realm", "keycloak", 8080)
    yield Edge("public", "gateway/serve", 8000)
    yield Edge("public", "identity/bridge", 8020)
    yield Edge("public", "library/serve", 8030)
    yield Edge("public", "keycloak", 8080)
    yield Edge("keycloak", "postgres", 5432)
