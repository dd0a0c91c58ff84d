"""Figures are off unless an address is given, answer while the event loop is stuck, and carry no ids."""

import asyncio
import re
import socket
import time
import urllib.request

import pytest

from myschool_cluster import metrics
from myschool_cluster.asgi import Observed
from myschool_cluster.metrics import FAMILIES, HTTP, RPC


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def asked(address: str, accept: str = "text/plain") -> str:
    request = urllib.request.Request(f"http://{address}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


async def test_figures_when_no_address_is_given_then_nothing_is_kept() -> None:
    async with metrics.serving("", "journal"):
        metrics.observe(RPC, 0.1, "journal", "GradebookService/SetMark", "OK")
        metrics.watch(metrics.PAGES, lambda: 1 / 0, "gateway")
        assert not metrics.on()


async def test_figures_when_asked_for_then_durations_states_and_samples_are_there() -> None:
    address, sampled = free_address(), asyncio.Event()

    async def probe() -> None:
        metrics.show(metrics.OUTBOX, 3, "journal")
        sampled.set()

    async with metrics.serving(address, "journal"):
        metrics.observe(RPC, 0.02, "journal", "GradebookService/SetMark", "OK", trace="ab" * 16)
        metrics.observe(RPC, 3, "journal", "GradebookService/SetMark", "INTERNAL")
        metrics.watch(metrics.PAGES, lambda: 7, "gateway")
        metrics.sample(probe)
        text = await asyncio.to_thread(asked, address)
        assert 'myschool_rpc_seconds_bucket{le="0.025",method="GradebookService/SetMark",outcome="OK",service="journal"} 1.0' in text
        assert 'outcome="INTERNAL",service="journal"} 1.0' in text
        assert 'myschool_open_pages{service="gateway"} 7.0' in text
        open_text = await asyncio.to_thread(asked, address, "application/openmetrics-text; version=1.0.0")
        assert f'# {{trace_id="{"ab" * 16}"}} 0.02' in open_text
    assert not metrics.on()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(asked, address)


async def test_loop_when_it_is_stuck_then_the_figures_answer_and_tell_it_afterwards() -> None:
    address = free_address()
    async with metrics.serving(address, "journal"):
        await asyncio.sleep(0.3)
        asking = asyncio.get_running_loop().run_in_executor(None, asked, address)
        time.sleep(0.8)  # noqa: ASYNC251 - being stuck is the point
        assert "myschool_loop_lag_seconds" in await asyncio.wait_for(asking, 1)
        await asyncio.sleep(0.4)
        text = await asyncio.to_thread(asked, address)
    counts = {float(le): float(count) for le, count in re.findall(r'loop_lag_seconds_bucket\{le="([\d.]+)",[^}]*\} ([\d.]+)', text)}
    total = float(re.search(r"loop_lag_seconds_count\S* ([\d.]+)", text)[1])
    assert total - counts[0.25] >= 1


async def test_address_when_it_is_taken_then_the_process_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SystemExit, match="MYSCHOOL_METRICS_ADDRESS"):
            async with metrics.serving(address, "journal"):
                pass


class Route:
    path = "/api/v1/students/{student_id}/diary"


@pytest.mark.parametrize(
    ("path", "method", "routed", "label"),
    [
        ("/api/v1/students/0198-7/diary", "GET", True, 'method="GET",route="/api/v1/students/{student_id}/diary"'),
        ("/api/v1/nowhere/112-233-445 95", "GET", False, 'method="GET",route="unmatched"'),
        ("/journal/0198-7", "BREW-112-233-445 95", False, 'method="OTHER",route="page"'),
    ],
)
async def test_request_when_observed_then_its_labels_hold_no_part_of_its_address(path: str, method: str, routed: bool, label: str) -> None:
    address = free_address()

    async def app(scope, receive, send) -> None:
        if routed:
            scope["route"] = Route()
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async with metrics.serving(address, "gateway"):
        await Observed(app, "gateway")({"type": "http", "path": path, "method": method}, None, lambda _message: asyncio.sleep(0))
        text = await asyncio.to_thread(asked, address)
    assert f'myschool_http_seconds_count{{{label},service="gateway",status="204"}} 1.0' in text
    assert "0198-7" not in text and "112-233" not in text


async def test_request_when_the_application_breaks_then_it_counts_as_500() -> None:
    address = free_address()

    async def app(scope, receive, send) -> None:
        raise LookupError

    async with metrics.serving(address, "gateway"):
        with pytest.raises(LookupError):
            await Observed(app, "gateway")({"type": "http", "path": "/", "method": "GET"}, None, None)
        assert f'{HTTP.name}_count{{method="GET",route="page",service="gateway",status="500"}} 1.0' in await asyncio.to_thread(
            asked, address
        )


def test_labels_when_listed_then_each_is_a_name_of_code() -> None:
    allowed = {"service", "method", "outcome", "route", "status", "pool", "state", "topic", "type", "part"}
    assert {label for family in FAMILIES for label in family.labels} <= allowed
