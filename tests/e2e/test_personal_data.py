"""Who looked, a copy to take along, an erasure in all six services, and records that are whole, on the running system (platform test 25)."""

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from uuid import UUID, uuid4

import asyncpg
import people
import pytest
import store
from people import Visitor

pytestmark = pytest.mark.e2e
# She has a family, and no other journey signs her in.
LEAVING = "+7(900)0000012"
_SOON_S = 20


async def until(found, seconds: float = _SOON_S):
    """What `found` answers as soon as it is true."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):
            await asyncio.sleep(0.3)
    return answer


async def child_of(guardian: Visitor) -> str:
    state = await guardian.sign_in(people.GUARDIAN, "GUARDIAN")
    return next(child["id"] for role in state["roles"] for child in role["children"])


async def test_looks_when_a_teacher_reads_a_diary_then_the_family_sees_who_and_why_and_nobody_else_does(visitors: list[Visitor]) -> None:
    guardian, teacher, stranger, student, _ = visitors
    child = await child_of(guardian)
    me = await teacher.sign_in(people.TEACHER, "TEACHER")
    assert (await teacher.get(f"/api/v1/students/{child}/marks")).status_code == 200
    assert (await guardian.get(f"/api/v1/students/{child}/marks")).status_code == 200
    first = (await teacher.get("/api/v1/gradebooks")).json()["gradebooks"][0]
    assert (await teacher.get(f"/api/v1/gradebooks/{first['id']}")).status_code == 200

    async def seen() -> list[dict]:
        answer = await guardian.get("/api/v1/access", subject_id=child, page_size=100)
        assert answer.status_code == 200, answer.text
        assert answer.json()["missing"] == []
        looks = answer.json()["looks"]
        return [one for one in looks if one["what"] == "diary.marks" and one["reader_name"] == me["person"]["display_name"]]

    look = (await until(seen))[0]
    assert (look["role_type"], look["permission"], look["service"], look["together"]) == ("TEACHER", "diary.read", "journal", False)
    looks = (await guardian.get("/api/v1/access", subject_id=child, page_size=100)).json()["looks"]
    assert not [one for one in looks if one["role_type"] == "GUARDIAN" and one["reader_name"].startswith("Белова Ольга")]
    assert [one["at_ms"] for one in looks] == sorted((one["at_ms"] for one in looks), reverse=True)

    await stranger.sign_in(people.FOREIGN_GUARDIAN)
    for who in (stranger, teacher):
        answer = await who.get("/api/v1/access", subject_id=child)
        assert answer.status_code == 404, answer.text
    own = (await student.sign_in(people.STUDENT))["person"]["id"]
    assert (await student.get("/api/v1/access", subject_id=own)).status_code == 200


async def test_copy_when_collected_then_all_services_are_in_it_and_only_the_person_gets_it(visitors: list[Visitor]) -> None:
    guardian, stranger, *_ = visitors
    await child_of(guardian)
    assert (await guardian.post("/api/v1/export", {})).status_code == 202

    async def ready() -> dict | None:
        export = (await guardian.get("/api/v1/export")).json()["export"]
        assert export["state"] in {"RUNNING", "READY"}, export
        return export if export["state"] == "READY" else None

    export = await until(ready)
    answer = await guardian.get(f"/api/v1/export/{export['id']}/file")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert {name.split("/")[1] for name in archive.namelist() if name.startswith("json/")} == set(store.SERVICES)
    esia = json.loads(archive.read("json/identity/esia.json"))[0]
    assert esia["family_name"] == "Белова" and len(esia["snils"]) == 11 and esia["phone"].startswith("+7")
    page = archive.read("мои данные.html").decode()
    assert "Белова" in page and "Что передали Госуслуги" in page
    await stranger.sign_in(people.FOREIGN_GUARDIAN)
    assert (await stranger.get(f"/api/v1/export/{export['id']}/file")).status_code == 404


@pytest.mark.timeout(300)
async def test_profile_when_erased_then_in_every_service_what_may_go_is_gone_and_the_rest_is_told(
    whole_stack, visitors: list[Visitor]
) -> None:
    leaving, *_ = visitors
    environment = whole_stack.environment
    person = UUID((await leaving.sign_in(LEAVING))["person"]["id"])
    plan = (await leaving.get("/api/v1/erasure/plan")).json()["parts"]
    assert {part["part"] for part in plan if not part["kept_because"]} >= {"sessions", "esia"}
    assert all(len(part["kept_because"]) > 20 for part in plan if part["kept_because"])
    asked = (await leaving.post("/api/v1/erasure", {})).json()
    assert asked["request"]["state"] == "WAITING"
    assert asked["request"]["due_at_ms"] - asked["request"]["requested_at_ms"] == 14 * 86_400_000 == asked["waiting_days"] * 86_400_000
    again = (await leaving.post("/api/v1/erasure", {})).json()
    assert again["request"]["id"] == asked["request"]["id"]
    for wrong in (uuid4(), "1"):
        assert (await leaving.send("DELETE", f"/api/v1/erasure/{wrong}", None)).status_code in {404, 422}
    back = await leaving.send("DELETE", f"/api/v1/erasure/{asked['request']['id']}", None)
    assert back.json()["request"]["state"] == "CANCELLED"
    request = UUID((await leaving.post("/api/v1/erasure", {})).json()["request"]["id"])
    async with store.database(environment, "identity") as identity:
        await identity.execute("UPDATE erasure_request SET due_at = now() - interval '1 second' WHERE id = $1", request)

    async def done() -> bool:
        for service in store.SERVICES:
            async with store.database(environment, service) as connection:
                if not await connection.fetchval("SELECT 1 FROM erasure WHERE request_id = $1 AND person_id = $2", request, person):
                    return False
        return True

    await until(done, 150)
    async with store.database(environment, "identity") as identity:
        for table in ("account", "session"):
            assert await identity.fetchval(f"SELECT count(*) FROM {table} WHERE person_id = $1", person) == 0
        assert await identity.fetchval("SELECT count(*) FROM person WHERE id = $1", person) == 1
    async with store.database(environment, "analytics") as analytics:
        assert await analytics.fetchval("SELECT count(*) FROM act WHERE person_id = $1", person) == 0
    async with store.database(environment, "messaging") as messaging:
        names = await messaging.fetch("SELECT DISTINCT name FROM member WHERE person_id = $1", person)
        assert {row["name"] for row in names} <= {"Удалённый профиль"}


def audited(environment: dict[str, str], service: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"myschool_{service}", "verify-audit"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.timeout(300)
async def test_records_when_checked_then_whole_and_the_login_that_serves_could_not_have_changed_them(whole_stack) -> None:
    environment = dict(whole_stack.environment)
    for service in (name for name in store.SERVICES if name != "library"):
        done = await asyncio.to_thread(audited, environment, service)
        assert (done.returncode, "intact" in done.stdout) == (0, True), done.stdout + done.stderr
        async with store.database(environment, service) as connection:
            logins = {
                row[0] for row in await connection.fetch("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()")
            }
            assert any(login.endswith("_app") for login in logins), logins
            for login in (login for login in logins if login.endswith("_app")):
                for right in ("UPDATE", "DELETE", "TRUNCATE"):
                    assert not await connection.fetchval("SELECT has_table_privilege($1, 'access_entry', $2)", login, right)
    async with store.database(environment, "journal") as connection:
        await connection.execute("SET session_replication_role = replica")
        was = await connection.fetchval("SELECT reader_name FROM access_entry WHERE id = 1")
        await connection.execute("UPDATE access_entry SET reader_name = 'Никто' WHERE id = 1")
        try:
            done = await asyncio.to_thread(audited, environment, "journal")
        finally:
            await connection.execute("UPDATE access_entry SET reader_name = $1 WHERE id = 1", was)
    assert done.returncode == 1
    assert "(entry 1) was changed" in done.stdout
    assert isinstance(connection, asyncpg.Connection)
