"""Figures of a process in Prometheus' text format. Off until `serving` begins: a call costs one comparison then.

Every figure is declared here, so that tests, dashboards and alerts can be held against it. Labels are names that stand in the code
(methods, route templates, topics, outcomes): never an id, never a word of a person.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

_log = logging.getLogger(__name__)
_SAMPLED_EVERY_S = 10.0
_LAG_EVERY_S = 0.25
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One figure: its name, what it says, the names of its labels."""

    name: str
    words: str
    labels: tuple[str, ...]
    kind: Literal["gauge", "counter", "histogram"] = "gauge"
    buckets: tuple[float, ...] = ()


RPC: Final = Family(
    "myschool_rpc_seconds", "Seconds a call took at its service, by gRPC status.", ("service", "method", "outcome"), "histogram", _SECONDS
)
HTTP: Final = Family(
    "myschool_http_seconds", "Seconds an HTTP request took, by route.", ("service", "method", "route", "status"), "histogram", _SECONDS
)
LOOP: Final = Family("myschool_loop_lag_seconds", "Seconds by which the event loop came late to a timer.", ("service",), "histogram", _LAGS)
DATABASE: Final = Family("myschool_database_connections", "Connections of a pool: open, used, at most.", ("service", "pool", "state"))
PAGES: Final = Family("myschool_open_pages", "Open WebSockets of this process.", ("service",))
OUTBOX: Final = Family("myschool_outbox_waiting", "Events that wait to be sent, as the relay sees it.", ("service",))
OUTBOX_AGE: Final = Family("myschool_outbox_oldest_seconds", "Age of the oldest event that waits to be sent.", ("service",))
PARKED: Final = Family("myschool_parked_events", "Events that could not be applied and wait for a replay.", ("service",))
LAG: Final = Family("myschool_consumer_lag", "Records of a topic that the consumer has not read yet.", ("service", "topic"))
SENT: Final = Family("myschool_events_sent_total", "Events that the broker acknowledged.", ("service", "topic"), "counter")
APPLIED: Final = Family("myschool_events_total", "Events taken in: applied or parked.", ("service", "type", "outcome"), "counter")
PART: Final = Family("myschool_part_up", "1 while a part of the cell answers the gateway.", ("part",))
BREAKER: Final = Family("myschool_breaker_open", "1 while the gateway refuses calls to a service that let others wait in vain.", ("part",))
CERTIFICATE: Final = Family("myschool_certificate_end_seconds", "Unix time at which the process's certificate ends.", ("service",))
FAMILIES: Final = (RPC, HTTP, LOOP, DATABASE, PAGES, OUTBOX, OUTBOX_AGE, PARKED, LAG, SENT, APPLIED, PART, BREAKER, CERTIFICATE)

Probe = Callable[[], Awaitable[None]]


class _Meters:
    """The figures of a process that is looked at."""

    def __init__(self) -> None:
        import prometheus_client as prometheus  # noqa: PLC0415 - a process that nobody looks at does not pay for it

        self.registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self.registry)
        prometheus.GCCollector(registry=self.registry)
        self._kinds = {"gauge": prometheus.Gauge, "counter": prometheus.Counter, "histogram": prometheus.Histogram}
        self._made = {family.name: self._make(family) for family in FAMILIES}
        self._children: dict[tuple[str, ...], Any] = {}
        self.probes: list[Probe] = []

    def _make(self, family: Family) -> Any:
        more = {"buckets": family.buckets} if family.buckets else {}
        return self._kinds[family.kind](family.name, family.words, family.labels, registry=self.registry, **more)

    def of(self, family: Family, labels: tuple[str, ...]) -> Any:
        """One line of a figure; looked up by ourselves, since the library's own look-up costs more than the addition."""
        key = (family.name, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._made[family.name].labels(*labels)
        return child


class _Process:
    meters: _Meters | None = None


def on() -> bool:
    """Whether anybody looks."""
    return _Process.meters is not None


def observe(family: Family, seconds: float, *labels: str, trace: str = "") -> None:
    """One duration; `trace` is the id of a recorded trace that shows such a case."""
    if _Process.meters is not None:
        _Process.meters.of(family, labels).observe(seconds, {"trace_id": trace} if trace else None)


def count(family: Family, *labels: str, by: int = 1) -> None:
    """So many more."""
    if _Process.meters is not None:
        _Process.meters.of(family, labels).inc(by)


def show(family: Family, value: float, *labels: str) -> None:
    """The present value."""
    if _Process.meters is not None:
        _Process.meters.of(family, labels).set(value)


def watch(family: Family, read: Callable[[], float], *labels: str) -> None:
    """A value that is read whenever somebody looks; `read` is called from another thread."""
    if _Process.meters is not None:
        _Process.meters.of(family, labels).set_function(read)


def sample(probe: Probe) -> None:
    """Has `probe` called every ten seconds: for what costs a query."""
    if _Process.meters is not None:
        _Process.meters.probes.append(probe)


@asynccontextmanager
async def serving(address: str, service: str) -> AsyncIterator[None]:
    """GET http://<address>/metrics inside the block; an empty address leaves everything off. One at a time in a process."""
    if not address:
        yield
        return
    import prometheus_client as prometheus  # noqa: PLC0415 - see _Meters

    meters = _Meters()
    host, _, port = address.rpartition(":")
    try:
        # A thread of its own: it answers even while the event loop is stuck, which is when one looks.
        server, thread = prometheus.start_http_server(int(port), host.strip("[]"), meters.registry)
    except OSError as error:
        raise SystemExit(f"MYSCHOOL_METRICS_ADDRESS={address} cannot be listened at: {error.strerror}.") from error
    _Process.meters = meters
    tasks = [asyncio.create_task(_loop_lag(service)), asyncio.create_task(_sampled(meters))]
    try:
        yield
    finally:
        _Process.meters = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()


async def _loop_lag(service: str) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_EVERY_S
        await asyncio.sleep(_LAG_EVERY_S)
        observe(LOOP, max(0.0, loop.time() - due), service)


async def _sampled(meters: _Meters) -> None:
    while True:
        for probe in meters.probes:
            try:
                async with asyncio.timeout(_SAMPLED_EVERY_S):
                    await probe()
            except Exception as error:
                # A database or broker that is away shows in its own figures; the next round asks again.
                _log.warning("probe_failed %s", type(error).__name__)
        await asyncio.sleep(_SAMPLED_EVERY_S)
