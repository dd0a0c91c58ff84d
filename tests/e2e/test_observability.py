"""One request is one trace from REST over gRPC and Kafka to the consumer, and shows in the figures of every process it passed."""

import re
from collections.abc import AsyncIterator

import httpx
import people
import pytest
from moments import eventually
from people import Visitor

from myschool_stack import collector
from myschool_stack.collector import Span

pytestmark = pytest.mark.e2e
# What an attribute may hold: names that stand in the code and status numbers.
NAMES = re.compile(r"[A-Za-z/][\w./{} :-]*|\d{1,3}")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}")


@pytest.fixture
async def teacher(gateway_url: str) -> AsyncIterator[Visitor]:
    visitor = Visitor(gateway_url)
    await visitor.sign_in(people.TEACHER, "TEACHER")
    yield visitor
    await visitor.close()


async def save_a_mark(teacher: Visitor) -> httpx.Response:
    """A mark in a free cell of a past lesson of the first journal."""
    book = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"][0]
    page = (await teacher.get(f"/api/v1/gradebooks/{book['id']}")).json()
    taken = {(mark[0], mark[1]) for mark in page["marks"]}
    past = [number for number, lesson in enumerate(page["lessons"]) if lesson["day"] <= page["today"]]
    student, lesson = next((row, column) for column in past for row in range(len(page["students"])) if (row, column) not in taken)
    path = f"/api/v1/lessons/{page['lessons'][lesson]['id']}/marks/{page['students'][student]['id']}"
    return await teacher.put(path, {"value": "5", "expected_version": 0})


def chain(spans: list[Span], last: Span) -> list[Span]:
    """The span and those above it, the first cause first."""
    by_id = {span.id: span for span in spans}
    found = [last]
    while found[0].parent:
        found.insert(0, by_id[found[0].parent])
    return found


async def test_mark_when_saved_then_one_trace_leads_from_rest_to_the_consumer(whole_stack, teacher: Visitor) -> None:
    answer = await save_a_mark(teacher)
    assert answer.status_code == 200, answer.text
    trace = answer.headers["X-Request-Id"]

    async def arrived() -> list[Span]:
        """The spans of the trace, once none of them lacks its parent: each process sends its own."""
        spans = [span for span in collector.spans(whole_stack.spans) if span.trace == trace]
        ids = {span.id for span in spans} | {""}
        whole = any(span.kind == "CONSUMER" and span.service == "analytics" for span in spans) and {span.parent for span in spans} <= ids
        return spans if whole else []

    spans = await eventually(arrived, 30, "the whole trace")
    last = next(span for span in spans if span.kind == "CONSUMER" and span.service == "analytics")
    assert [(span.service, span.kind, span.name) for span in chain(spans, last)] == [
        ("gateway", "SERVER", "PUT /api/v1/lessons/{lesson_id}/marks/{student_id}"),
        ("gateway", "CLIENT", "myschool.journal.v1.SetMark"),
        ("journal", "SERVER", "GradebookService/SetMark"),
        ("journal", "INTERNAL", "unit of work"),
        ("journal", "PRODUCER", "send journal.gradebook"),
        ("analytics", "CONSUMER", "process journal.gradebook"),
    ]
    roots = [span for span in spans if not span.parent]
    assert len(roots) == 1, roots


async def test_spans_when_looked_through_then_they_hold_names_of_code_alone(whole_stack, teacher: Visitor) -> None:
    answer = await save_a_mark(teacher)
    assert answer.status_code == 200, answer.text

    async def arrived() -> list[Span]:
        spans = collector.spans(whole_stack.spans)
        return spans if any(span.trace == answer.headers["X-Request-Id"] for span in spans) else []

    spans = await eventually(arrived, 30)
    values = {(key, value) for span in spans for key, value in (("name", span.name), *span.attributes.items())}
    assert {pair for pair in values if not NAMES.fullmatch(pair[1]) or ID.search(pair[1])} == set()


async def test_figures_when_work_was_done_then_every_process_shows_its_part(whole_stack, teacher: Visitor) -> None:
    assert (await save_a_mark(teacher)).status_code == 200
    assert re.search(
        r'http_seconds_count\{method="PUT",route="/api/v1/lessons/\{lesson_id\}/marks/\{student_id\}",service="gateway",status="200"\} [1-9]',
        whole_stack.figures("gateway"),
    )
    shown = whole_stack.figures("journal")
    assert re.search(r'rpc_seconds_count\{method="GradebookService/SetMark",outcome="OK",service="journal"\} [1-9]', shown)
    assert 'myschool_database_connections{pool="writes",service="journal",state="most"} 5.0' in shown

    async def sampled() -> bool:
        sent, taken = whole_stack.figures("journal"), whole_stack.figures("analytics")
        return all(
            (
                re.search(r'events_sent_total\{service="journal",topic="journal.gradebook"\} [1-9]', sent),
                'myschool_outbox_waiting{service="journal"} 0.0' in sent,
                re.search(r'events_total\{outcome="applied",service="analytics",type="myschool.journal.[\w.]+"\} [1-9]', taken),
                'myschool_consumer_lag{service="analytics",topic="journal.gradebook"} 0.0' in taken,
                'myschool_parked_events{service="analytics"} 0.0' in taken,
            )
        )

    await eventually(sampled, 40, "outbox, parked events and lag")
    for part in ("gateway", "journal", "analytics", "identity", "roles", "library", "messaging"):
        labels = {value for value in re.findall(r'="([^"]*)"', whole_stack.figures(part)) if ID.search(value)}
        assert labels == set(), part


async def test_status_when_a_service_dies_then_everybody_can_read_which_and_since_when(whole_stack, gateway_url: str) -> None:
    async with httpx.AsyncClient(base_url=gateway_url) as anybody:

        async def state(wanted: str) -> dict:
            answer = await anybody.get("/status.json")
            assert answer.status_code == 200 and answer.headers["cache-control"] == "public, max-age=10"
            return answer.json() if answer.json()["state"] == wanted else {}

        before = await eventually(lambda: state("ok"), 30, "a board on which all works")
        async with whole_stack.away("library"):
            during = await eventually(lambda: state("partly"), 30, "a board that misses the library")
        found = {part["name"]: part for part in during["parts"]}
        assert [name for name, part in found.items() if not part["works"]] == ["library"]
        assert found["library"]["title"] == "Библиотека" and "недоступны" in found["library"]["words"]
        then = {part["name"]: part for part in before["parts"]}
        assert found["library"]["since_ms"] > then["library"]["since_ms"]
        assert found["journal"] == then["journal"]
        await eventually(lambda: state("ok"), 40, "a board on which all works again")
