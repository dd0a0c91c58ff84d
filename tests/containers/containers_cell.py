"""A region's cell in containers of one network, each as locked down as a cluster would run it."""

import asyncio
import logging
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from moments import patience
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from myschool_images.build import PREFIX, version
from myschool_stack.keys import ensure_keys, secret
from myschool_stack.layout import SERVICES
from myschool_testing.authority import Authority

GRPC = {name: 9101 + number for number, name in enumerate(SERVICES)}
# Health alone, without certificates, for probes; as in a cluster.
HEALTH = 9100
TLS = "/run/tls"
# By what name each image proves itself. The loader of a stand is the operator and does what a page does, too.
PROVES = {**{name: (name,) for name in (*SERVICES, "gateway")}, "seed": ("operator", "gateway")}
# What the restricted profile of a cluster asks for, and a little less: not even the uid is known to the image.
LOCKED_DOWN: Mapping[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": "rw,noexec,nosuid,size=16m"},
}
_STAND_ROOM = {"/tmp": "rw,size=64m"}
logging.getLogger("testcontainers").setLevel(logging.WARNING)


class ByName(httpx.AsyncHTTPTransport):
    """Reaches containers by their names, as a browser in their network would."""

    def __init__(self, address: Callable[[str], str]) -> None:
        super().__init__()
        self._address = address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(host=self._address(request.url.host))
        asked = httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
        return await super().handle_async_request(asked)


@dataclass
class Cell:
    """The network, the keys and what runs in it; with certificates, a folder an image, everything that calls or is called proves itself."""

    network: Network
    keys: Path
    certificates: Path | None = None
    running: dict[str, DockerContainer] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The settings that all containers share."""
        password = secret(self.keys, "postgres.password")
        addresses = {f"MYSCHOOL_{name.upper()}_ADDRESS": f"{name}:{port}" for name, port in GRPC.items()}
        return addresses | {
            "MYSCHOOL_POSTGRES_URL": f"postgresql://myschool:{password}@postgres:5432",
            "MYSCHOOL_REDIS_URL": "redis://valkey:6379/0",
            "MYSCHOOL_KAFKA": "kafka:9092",
            "MYSCHOOL_TOPIC_COPIES": "1",
            "MYSCHOOL_KEYCLOAK_URL": "http://keycloak:8080",
            "MYSCHOOL_KEYCLOAK_ADMIN_PASSWORD": secret(self.keys, "keycloak.password"),
            "MYSCHOOL_GATEWAY_URL": "http://gateway:8000",
            "MYSCHOOL_BRIDGE_URL": "http://bridge:8020",
            "MYSCHOOL_ESIA_URL": "http://esia:8010",
            "MYSCHOOL_LIBRARY_HTTP_URL": "http://library:8030",
        }

    def own(self, service: str) -> dict[str, str]:
        """What a process sets for itself: where it listens."""
        listens = {
            "gateway": {"MYSCHOOL_GATEWAY_LISTEN": "0.0.0.0:8000"},
            "bridge": {"MYSCHOOL_BRIDGE_LISTEN": "0.0.0.0:8020"},
            "esia": {"MYSCHOOL_ESIA_LISTEN_HOST": "0.0.0.0"},
            "library": {"MYSCHOOL_LIBRARY_HTTP_URL": "http://0.0.0.0:8030"},
        }
        address = {f"MYSCHOOL_{service.upper()}_ADDRESS": f"0.0.0.0:{GRPC[service]}"} if service in GRPC else {}
        proof = {"MYSCHOOL_TLS_DIR": TLS} if self.certificates and service in PROVES else {}
        probed = {"MYSCHOOL_HEALTH_ADDRESS": f"0.0.0.0:{HEALTH}"} if proof and service in GRPC else {}
        return address | listens.get(service, {}) | proof | probed

    def probe(self, service: str) -> str:
        """Where the health of a service can be asked for without a certificate."""
        return f"{self.address(service)}:{HEALTH if self.certificates else GRPC[service]}"

    def start(self, name: str, image: str, command: Sequence[str] = (), **options: Any) -> DockerContainer:
        """A container of one of our images, locked down; `environment` adds settings, `proof` names another folder of certificates
        than the image's own, other options go to the engine."""
        settings = self.environment() | options.pop("environment", {})
        proof = options.pop("proof", image)
        container = DockerContainer(f"{PREFIX}/{image}:{version()}", command=list(command), env=settings)
        container.with_network(self.network).with_network_aliases(name)
        container.with_volume_mapping(str(self.keys), "/run/keys", "ro")
        if self.certificates and "MYSCHOOL_TLS_DIR" in settings:
            container.with_volume_mapping(str(self.certificates / proof), TLS, "ro")
        options = {**LOCKED_DOWN, **options}
        container.tmpfs.update(options.pop("tmpfs"))
        container.with_kwargs(**options).start()
        self.running[name] = container
        return container

    async def up(self, name: str) -> bool:
        """Whether the gateway or a service says that it is ready."""
        if name in GRPC:
            return await healthy(self.probe(name))
        return await answers(f"http://{self.address(name)}:8000/health/ready")

    def start_stand(self, name: str, image: str, environment: Mapping[str, str], command: Sequence[str] = ()) -> DockerContainer:
        """A container of PostgreSQL, Valkey, Kafka or Keycloak."""
        container = DockerContainer(f"{PREFIX}/{image}:{version()}", env=dict(environment), command=list(command))
        container.with_network(self.network).with_network_aliases(name)
        container.tmpfs.update(_STAND_ROOM)
        self.running[name] = container.start()
        return container

    def address(self, name: str) -> str:
        """IP address of a container."""
        networks = raw(self.running[name]).attrs["NetworkSettings"]["Networks"]
        return str(networks[self.network.name]["IPAddress"])

    def postgres(self, name: str = "postgres") -> str:
        """URL of a PostgreSQL server, from outside of the network."""
        return f"postgresql://myschool:{secret(self.keys, 'postgres.password')}@{self.address(name)}:5432"

    def ask(self, name: str, *command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a command inside a container, as `kubectl exec -i` does, with a text on its standard input."""
        container = self.running[name].get_wrapped_container().id
        return subprocess.run(["docker", "exec", "-i", container, *command], input=given, capture_output=True, text=True, check=False)

    def log(self, name: str) -> str:
        return raw(self.running[name]).logs().decode(errors="replace")

    def stop(self, name: str) -> None:
        """Removes a container at once."""
        self.running.pop(name).stop()

    def close(self) -> None:
        for name in list(self.running):
            self.stop(name)
        self.network.remove()


def raw(container: DockerContainer) -> Any:
    """The engine's own view of a container, as it is now."""
    found = container.get_wrapped_container()
    found.reload()
    return found


def open_cell(keys: Path, certificates: Path | None = None) -> Cell:
    """A network and keys that any uid may read; with a folder for certificates, those of one authority and a stranger's."""
    ensure_keys(keys)
    _readable(keys)
    if certificates is not None:
        authority = Authority()
        for image, (name, *also) in PROVES.items():
            _readable(authority.issue(certificates / image, name, also=also))
        stranger = _readable(Authority("stranger").issue(certificates / "stranger", "gateway"))
        (stranger / "ca.crt").chmod(0o644)
        # It knows whom it dials: only what it shows itself is another authority's.
        (stranger / "ca.crt").write_bytes((certificates / "gateway" / "ca.crt").read_bytes())
    return Cell(Network().create(), keys, certificates)


def _readable(folder: Path) -> Path:
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o444)
    return folder


async def ended(container: DockerContainer, seconds: float) -> int:
    """Exit code of a container that ends by itself within the time; a test fails with its log when it does not."""
    began = time.monotonic()
    while (state := raw(container).attrs["State"])["Running"]:
        if time.monotonic() - began > seconds * patience():
            pytest.fail(f"it runs still after {seconds} s:\n{raw(container).logs().decode(errors='replace')[-3000:]}")
        await asyncio.sleep(0.05)
    return int(state["ExitCode"])


async def until(look: Callable[[], Awaitable[bool]], seconds: float, what: Callable[[], str]) -> None:
    """Waits for something to come true; what the container said is told when it does not."""

    async def watch() -> None:
        while not await look():
            await asyncio.sleep(0.2)

    try:
        await asyncio.wait_for(watch(), seconds * patience())
    except TimeoutError:
        raise AssertionError(f"not ready within {seconds} s:\n{what()[-3000:]}") from None


async def healthy(address: str) -> bool:
    """Whether the gRPC health service says SERVING."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            reply = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=2)
        except grpc.aio.AioRpcError:
            return False
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


async def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    async with httpx.AsyncClient(timeout=2) as http:
        try:
            return (await http.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


async def takes_statements(url: str) -> bool:
    """Whether a PostgreSQL server answers."""
    try:
        connection = await asyncpg.connect(f"{url}/postgres", timeout=2)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True
