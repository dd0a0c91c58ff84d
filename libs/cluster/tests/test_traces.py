"""Spans carry on the trace of a request, respect who asked for recording, and cost nothing when nobody collects."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from myschool_cluster import traces
from myschool_stack import collector
from myschool_stack.collector import Collector

PARENT = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
UNSAMPLED = PARENT[:-2] + "00"


def is_sampled(traceparent: str) -> bool:
    """The lowest flag; the one above it says that the id is random."""
    return bool(int(traceparent[-2:], 16) & 1)


@pytest.fixture
def collected(tmp_path: Path):
    receiver = Collector(tmp_path / "spans").start()
    yield receiver.endpoint, tmp_path / "spans"
    receiver.stop()


@pytest.mark.parametrize("wrong", ["", "x", PARENT[:-1], "00-" + "0" * 32 + PARENT[35:], PARENT.replace("ab", "zz", 1), PARENT + "\n"])
def test_trace_when_no_valid_parent_comes_then_a_new_one_begins_that_nobody_records(wrong: str) -> None:
    fresh = traces.continued(wrong)
    assert traces.continued(fresh) == fresh
    assert fresh.endswith("-00") and fresh[3:35] != PARENT[3:35]


def test_trace_when_nobody_collects_then_it_goes_on_as_it_came() -> None:
    span = traces.begin("SERVER", "GradebookService/SetMark", PARENT)
    span.end("INTERNAL")
    assert (span.traceparent, span.recorded) == (PARENT, "")


def test_process_when_nobody_collects_then_it_does_not_even_load_the_libraries() -> None:
    script = (
        "import asyncio, sys\n"
        "from myschool_cluster import asgi, metrics, process, traces\n"
        "async def main():\n"
        "    async with metrics.serving('', 'a'), traces.exporting('', 'a'):\n"
        "        traces.begin('SERVER', 'x').end()\n"
        "asyncio.run(main())\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'opentelemetry', 'prometheus_client', 'requests'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


async def test_spans_when_collected_then_they_hang_together_and_tell_the_outcome(collected: tuple[str, Path]) -> None:
    endpoint, path = collected
    async with traces.exporting(endpoint, "journal", "2"):
        root = traces.begin("SERVER", "GET")
        assert is_sampled(root.traceparent) and root.recorded == root.traceparent[3:35]
        child = traces.begin("CLIENT", "myschool.journal.v1.SetMark", root.traceparent)
        child.end("UNAVAILABLE")
        root.end("OK", "GET /api/v1/day", http__route="/api/v1/day")
    found = {span.name: span for span in collector.spans(path)}
    top, below = found["GET /api/v1/day"], found["myschool.journal.v1.SetMark"]
    assert (top.trace, top.parent) == (root.traceparent[3:35], "")
    assert (below.trace, below.parent) == (top.trace, top.id)
    assert (top.service, top.attributes["http.route"], below.attributes["outcome"]) == ("journal", "/api/v1/day", "UNAVAILABLE")


async def test_spans_when_the_parent_is_not_recorded_then_none_is_sent_and_the_trace_goes_on(collected: tuple[str, Path]) -> None:
    endpoint, path = collected
    async with traces.exporting(endpoint, "journal"):
        span = traces.begin("SERVER", "x", UNSAMPLED)
        assert (span.traceparent, span.recorded) == (UNSAMPLED, "")
        span.end()
        recorded = traces.begin("SERVER", "y", PARENT)
        assert recorded.traceparent[:36] == PARENT[:36] and is_sampled(recorded.traceparent)
        recorded.end()
    assert [(span.name, span.parent) for span in collector.spans(path)] == [("y", "cd" * 8)]


async def test_spans_when_a_share_is_set_then_the_others_say_that_they_are_not_recorded(
    collected: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, path = collected
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    async with traces.exporting(endpoint, "gateway"):
        span = traces.begin("SERVER", "x")
        assert not is_sampled(span.traceparent) and span.recorded == ""
        span.end()
    assert collector.spans(path) == []


async def test_collector_when_it_is_away_then_the_process_ends_soon_all_the_same() -> None:
    began = time.monotonic()
    async with traces.exporting("http://127.0.0.1:9", "journal"):
        traces.begin("SERVER", "x").end()
    assert time.monotonic() - began < 15
