"""After everything the other journeys did: no СНИЛС, phone, document or token in a log, an event, a parked row, a hint, a span,
a figure, an address or a refusal (DESIGN §4); what is planted there is found. Runs last."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import people
import pytest
import store
import traces
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from people import Visitor
from redis.asyncio import Redis
from traces import Secrets

from myschool_stack import collector, screen
from myschool_stack.layout import SERVICES

pytestmark = pytest.mark.e2e
TYPED_SNILS, TYPED_PHONE = "112-233-445 95", "+7 (900) 123-45-67"
TYPED_PASSPORT, TYPED_BIRTH = "паспорт 45 10 № 123456", "IV-МЮ № 123456"
# The shortest way for each kind of place: what is left there by nobody must be found.
PLANTED = "Паспорт: 4511 654321"
_PLANTED_TOPIC = "planted-"
# Sessions keep their tokens on the server, so that the browser has none; СНИЛС and phones must not be even there.
NUMBERS = frozenset({"СНИЛС", "phone", "document"})
# Keycloak keeps the bridge's tokens beside the session, to end it there too.
ALL = NUMBERS | {"token"}
SESSIONS = frozenset({"keycloak.offline_user_session"})


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets(TYPED_SNILS)


async def test_search_for_secrets_when_there_are_some_then_each_kind_is_found(secrets: Secrets) -> None:
    assert len(secrets) > 1000
    for data, kinds in (
        (b'{"snils":"000-001-001 05"}', {"СНИЛС"}),
        (b"user 00000100105 signed in", {"СНИЛС"}),
        (b"login=%2B79000000001 tel:79000000001", {"phone"}),
        ("звонить +7 (999) 123-45-67".encode(), {"phone"}),
        (b"GET /x?id_token_hint=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0xx.abc", {"token"}),
        ("паспорт 45 10 № 123456".encode(), {"document"}),
        (b'{"series": "45 10", "x": 1, "passport":"4510 123456"}', {"document"}),
        ("свидетельство IV-МЮ № 123456".encode(), {"document"}),
        ("IV-МЮ 123456".encode(), {"document"}),
        ("серия событий 2026 года, 123456 строк; II-я смена".encode(), set()),
        (b"at_ms=1795510000000 port=54321 0001-0002-0003 11223344596", set()),
    ):
        assert secrets.kinds_in(data) == kinds, data


async def _live(visitors: list[Visitor]) -> None:
    """A little of everything that touches such data, so that the search has something to find when it runs alone."""
    teacher, guardian, head, *_ = visitors
    await teacher.sign_in(people.TEACHER, "TEACHER")
    family = await guardian.sign_in(people.GUARDIAN)
    await head.sign_in(people.HEAD)
    child = next(child for role in family["roles"] for child in role["children"])
    assert (await guardian.get(f"/api/v1/students/{child['id']}/diary")).status_code == 200
    for typed in (TYPED_SNILS, TYPED_SNILS.replace("-", "").replace(" ", ""), TYPED_PHONE, people.TEACHER, TYPED_PASSPORT, TYPED_BIRTH):
        assert (await head.get("/api/v1/people", q=typed)).json() == {"people": []}
        assert (await head.get("/api/v1/gradebooks", q=typed)).status_code == 200
        assert (await teacher.get("/api/v1/library/items", q=typed)).status_code in {200, 404, 422}
        assert (await teacher.get(f"/api/v1/students/{typed}/diary")).status_code == 422
    school = next(role["organisation_id"] for role in (await head.get("/api/v1/session")).json()["roles"] if role["type"] == "HEAD")
    sheet = f"ФИО;Дата рождения;СНИЛС;Класс\nПроверкин Иван;01.01.2013;{TYPED_SNILS};7А\nЛожный Пётр;01.01.2013;112-233-445 96;7А\n"
    headers = {**people.CSRF, "Idempotency-Key": str(uuid4()), "Origin": head.gateway}
    files = {"file": (f"ученики {TYPED_SNILS}.csv", sheet.encode())}
    answer = await head.http.post("/api/v1/imports", data={"organisation_id": school, "format": "SHEET"}, files=files, headers=headers)
    assert (answer.status_code, answer.json()["counts"]["invalid"]) == (200, 1), answer.text
    refused = await head.post(f"/api/v1/imports/{answer.json()['id']}/confirm", {})
    assert refused.status_code == 409
    assert (await guardian.post("/auth/logout", {})).status_code == 204


class Answers:
    """Addresses and refusals as the visitors of this module got them."""

    def __init__(self, visitors: list[Visitor]) -> None:
        self.pieces: list[tuple[str, bytes]] = []
        for visitor in visitors:
            visitor.http.event_hooks["response"].append(self._keep)

    async def _keep(self, response: httpx.Response) -> None:
        # What was typed stands in the question by the visitor's own hand; where it is sent on, and what is answered, is ours.
        self.pieces.append(("location", response.headers.get("location", "").encode()))
        if response.status_code >= 400:
            self.pieces.append((f"refusal of {response.request.method} {response.url.path[:20]}", await response.aread()))


async def scan(
    whole_stack, secrets: Secrets, answers: Sequence[tuple[str, bytes]] = (), *, planting: bool = False
) -> tuple[Counter[str], Counter[str]]:
    """How many pieces of each kind were looked at, and what was found where."""
    environment, seen, found = whole_stack.environment, Counter[str](), Counter[str]()

    def look(kind: str, place: str, data: bytes, kinds: frozenset[str] = ALL) -> None:
        seen[kind] += 1
        found.update(f"{kind}: {secret} in {place}" for secret in secrets.kinds_in(data, kinds))

    # The launcher's own table of demo logins is for the developer in front of it.
    told = {line.strip() for line in screen.personas()}
    for place, data in traces.log_lines(whole_stack.profile.logs):
        if data.decode(errors="replace").strip() not in told:
            look("logs", place, data)
    async for place, data in traces.rows(environment):
        look("rows", place, data, NUMBERS if place in SESSIONS else ALL)
    async for place, data in traces.records(environment["MYSCHOOL_KAFKA"]):
        if planting or not place.startswith(_PLANTED_TOPIC):
            look("topics", place, data)
    async for place, data in traces.valkey(environment["MYSCHOOL_REDIS_URL"]):
        look("valkey", place, data, NUMBERS)
    for number, export in enumerate(collector.exports(whole_stack.spans)):
        look("spans", f"export {number}", export)
    for part in (*SERVICES, "gateway"):
        for number, line in enumerate(whole_stack.figures(part).splitlines()):
            look("figures", f"{part}:{number}", line.partition("} ")[0].encode())  # the labels: a value is a plain number
    for place, data in answers:
        look("answers", place, data)
    return seen, found


@asynccontextmanager
async def planted(whole_stack) -> AsyncIterator[None]:
    """A document number where each kind of trace lies. All of it goes but the topic of its own, which later scans pass over."""
    environment, topic = whole_stack.environment, f"{_PLANTED_TOPIC}{uuid4().hex[:8]}"
    log, secret = whole_stack.profile.logs / "planted.log", PLANTED.encode()
    admin = AIOKafkaAdminClient(bootstrap_servers=environment["MYSCHOOL_KAFKA"])
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=environment["MYSCHOOL_KAFKA"])
    await producer.start()
    redis = Redis.from_url(environment["MYSCHOOL_REDIS_URL"])
    async with store.database(environment, "roles") as connection:
        try:
            log.write_bytes(b"refused: " + secret + b"\n")
            await connection.execute(
                "INSERT INTO parked (consumer, topic, key, event_id, type, payload, traceparent, occurred_at, error)"
                " VALUES ('planted', 't', 'k', gen_random_uuid(), 't', $1, '', now(), '')",
                secret,
            )
            await redis.set("planted:1", secret)
            await producer.send_and_wait(topic, secret)
            yield
        finally:
            log.unlink(missing_ok=True)
            await connection.execute("DELETE FROM parked WHERE consumer = 'planted'")
            await redis.delete("planted:1")
            await redis.aclose()
            await producer.stop()


@pytest.mark.timeout(600)  # some hundred thousand rows and records, twice
async def test_traces_when_all_is_done_then_no_number_and_no_token_in_any(whole_stack, visitors: list[Visitor], secrets: Secrets) -> None:
    answers = Answers(visitors)
    await _live(visitors)
    async with planted(whole_stack):
        _seen, found = await scan(whole_stack, secrets, [("planted", PLANTED.encode())], planting=True)
    places = {
        kind: [one for one in found if one.startswith(f"{kind}: document in ")] for kind in ("logs", "rows", "topics", "valkey", "answers")
    }
    assert all(len(hits) == 1 for hits in places.values()), places
    assert "roles.parked" in places["rows"][0]
    seen, found = await scan(whole_stack, secrets, answers.pieces)
    leasts = (("logs", 100), ("rows", 1000), ("topics", 1000), ("valkey", 2), ("spans", 5), ("figures", 500), ("answers", 30))
    assert all(seen[kind] > least for kind, least in leasts), seen
    assert found == {}, found.most_common(30)
