"""Spans of OpenTelemetry under the trace that every request carries (W3C traceparent). Off until `exporting` begins.

The product hands a traceparent from REST over gRPC and the outbox to the consumers in any case, since logs are found by it. With an
exporter each stretch of that way becomes a span, and its id the parent in the traceparent that goes on. Attributes are names that
stand in the code: no id, no address of a person, no body.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

Kind = Literal["SERVER", "CLIENT", "INTERNAL", "PRODUCER", "CONSUMER"]
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-9a-f]")
_TRACE, _SPAN = slice(3, 35), slice(36, 52)
_EXPORT_S = 5
_SERVER_FAULTS = frozenset({"INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DATA_LOSS", "UNIMPLEMENTED"})


class Span:
    """A stretch of the way that nobody records; the trace goes on under it all the same."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    @property
    def recorded(self) -> str:
        """The trace id when the trace is recorded, else empty."""
        return ""

    def end(self, outcome: str = "OK", name: str = "", **attributes: str | int) -> None:
        """The stretch is over; `outcome` is the name of a gRPC status, `name` a better name found on the way."""

    def ends_with(self, work: "asyncio.Future[Any]") -> None:
        """The stretch is over when the work is."""


class _Recorded(Span):
    __slots__ = ("_fault", "_span")

    def __init__(self, span: "OtelSpan", fault: Any) -> None:
        context = span.get_span_context()
        super().__init__(f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}")
        self._span, self._fault = span, fault

    @property
    def recorded(self) -> str:
        return self.traceparent[_TRACE] if self._span.is_recording() else ""

    def end(self, outcome: str = "OK", name: str = "", **attributes: str | int) -> None:
        if self._span.is_recording():
            if name:
                self._span.update_name(name)
            self._span.set_attributes({"outcome": outcome, **_named(attributes)})
            if outcome in _SERVER_FAULTS:
                self._span.set_status(self._fault)
        self._span.end()

    def ends_with(self, work: "asyncio.Future[Any]") -> None:
        work.add_done_callback(lambda done: self.end("UNAVAILABLE" if done.cancelled() or done.exception() else "OK"))


class _Recorder:
    """OpenTelemetry, imported by those processes alone that export."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.context import Context  # noqa: PLC0415

        self._otel, self._context = trace, Context
        self._tracer = provider.get_tracer("myschool")

    def start(self, kind: Kind, name: str, parent: str, attributes: dict[str, str | int]) -> Span:
        """A span under the parent, or a new trace for which the sampler decides."""
        otel, context = self._otel, self._context()
        if parent:
            remote = otel.SpanContext(
                int(parent[_TRACE], 16), int(parent[_SPAN], 16), is_remote=True, trace_flags=otel.TraceFlags(int(parent[-2:], 16))
            )
            context = otel.set_span_in_context(otel.NonRecordingSpan(remote), context)
        return _Recorded(self._tracer.start_span(name, context, otel.SpanKind[kind], _named(attributes)), otel.StatusCode.ERROR)


class _Process:
    recorder: _Recorder | None = None


def _named(attributes: dict[str, str | int]) -> dict[str, str | int]:
    return {key.replace("__", "."): value for key, value in attributes.items()}


def continued(parent: str) -> str:
    """`parent` when it is a traceparent, else a new trace that nobody asked to record."""
    if _TRACEPARENT.fullmatch(parent):
        return parent
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def begin(kind: Kind, name: str, parent: str = "", **attributes: str | int) -> Span:
    """A stretch under `parent`; without one a new trace. Attributes are named a__b for «a.b».

    A parent that is not recorded has no recorded children.
    """
    recorder = _Process.recorder
    if recorder is None:
        return Span(continued(parent))
    known = _TRACEPARENT.fullmatch(parent)
    if known and not int(parent[-1], 16) & 1:
        return Span(parent)
    return recorder.start(kind, name, parent if known else "", attributes)


@asynccontextmanager
async def exporting(endpoint: str, service: str, instance: str = "0") -> AsyncIterator[None]:
    """Sends spans to the collector at `endpoint` (OTLP over HTTP) inside the block; an empty endpoint leaves everything off.

    Which share of new traces is recorded say OpenTelemetry's own OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG; all by default.
    """
    if not endpoint:
        yield
        return
    provider = _provider(endpoint, service, instance)
    _Process.recorder = _Recorder(provider)
    try:
        yield
    finally:
        _Process.recorder = None
        # The last spans go out; a collector that is away holds nobody up for long.
        await asyncio.to_thread(provider.shutdown)


def _provider(endpoint: str, service: str, instance: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see begin
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.name": service, "service.namespace": "myschool", "service.instance.id": instance})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000, export_timeout_millis=_EXPORT_S * 1000))
    return provider
