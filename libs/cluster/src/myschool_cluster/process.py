"""What a process shows of itself while it runs: its figures, its spans, the state of its connection pools."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from cryptography import x509

from myschool_cluster import metrics, traces


class Settings(Protocol):
    """Where figures are asked for and where spans go; both empty by default."""

    @property
    def metrics_address(self) -> str:
        """host:port of GET /metrics."""

    @property
    def otlp_endpoint(self) -> str:
        """URL of the collector."""

    @property
    def tls_dir(self) -> Path | None:
        """Folder of the process's certificate, if it has one."""

    @property
    def instance(self) -> str:
        """Tells the processes of one service apart."""


class Pool(Protocol):
    """A pool of connections, as asyncpg has it."""

    def get_max_size(self) -> int:
        """Connections it may open."""

    def get_size(self) -> int:
        """Connections it has open."""

    def get_idle_size(self) -> int:
        """Open ones that nobody uses."""


@asynccontextmanager
async def shown(settings: Settings, service: str) -> AsyncIterator[None]:
    """Figures and spans of the process inside the block, as its settings say."""
    async with metrics.serving(settings.metrics_address, service), traces.exporting(settings.otlp_endpoint, service, settings.instance):
        if settings.tls_dir is not None:
            metrics.watch(metrics.CERTIFICATE, partial(_ends_at, settings.tls_dir / "tls.crt"), service)
        yield


def _ends_at(path: Path) -> float:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()


def watch_pool(service: str, name: str, pool: Pool) -> None:
    """How full a pool is."""
    metrics.watch(metrics.DATABASE, pool.get_max_size, service, name, "most")
    metrics.watch(metrics.DATABASE, pool.get_size, service, name, "open")
    metrics.watch(metrics.DATABASE, lambda: pool.get_size() - pool.get_idle_size(), service, name, "used")
