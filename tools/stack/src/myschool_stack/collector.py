"""A collector of OpenTelemetry for tests: takes spans over HTTP as a real one does, keeps them in a file, reads them back."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

_LENGTH_BYTES = 4


@dataclass(frozen=True)
class Span:
    """One span as it arrived; ids in hex, attributes as text."""

    service: str
    kind: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: Mapping[str, str]


class Collector:
    """Listens at a free port of loopback from `start` to `stop`; every export is added to the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        """For OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> "Collector":
        """Begins with an empty file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(b"")
        self._thread.start()
        return self

    def stop(self) -> None:
        """Takes no more; the file stays."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _keep(self, body: bytes) -> None:
        ExportTraceServiceRequest.FromString(body)  # what cannot be read is refused, as by a real one
        with self._writing, self._path.open("ab") as file:
            file.write(len(body).to_bytes(_LENGTH_BYTES, "big") + body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        keep = self._keep

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                keep(self.rfile.read(int(self.headers["Content-Length"])))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the library's own name
                """Says nothing: a test's output is for the test."""

        return Handler


def exports(path: Path) -> list[bytes]:
    """What arrived, as it arrived."""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
        found.append(data[at + _LENGTH_BYTES : at + _LENGTH_BYTES + size])
        at += _LENGTH_BYTES + size
    return found


def spans(path: Path) -> list[Span]:
    """All spans so far."""
    found: list[Span] = []
    for body in exports(path):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(item.value.string_value for item in resource.resource.attributes if item.key == "service.name")
            found += [_span(service, span) for scope in resource.scope_spans for span in scope.spans]
    return found


def _span(service: str, span: ProtoSpan) -> Span:
    kind = ProtoSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
    attributes = {item.key: item.value.string_value or str(item.value.int_value) for item in span.attributes}
    return Span(service, kind, span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), attributes)
