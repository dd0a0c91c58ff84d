"""The stand: people and faults by pages and by the API, and that nobody else's page can touch them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from myschool_esia_simulator import snils
from myschool_esia_simulator.testing import EsiaClient, Running, answer, refusal, start


@pytest.fixture
def stand(simulator: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{simulator.url}/stand", follow_redirects=True) as http:
        yield http


def form_of(page: httpx.Response) -> dict[str, str]:
    """The form of a person as a browser would send it back."""
    form = dict(re.findall(r'<input id="[^"]+" name="([^"]+)" type="text" value="([^"]*)"', page.text))
    form |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    form |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)" checked', page.text), "on")
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen is not None
        form[name] = chosen[1]
    return form


def test_person_made_on_the_page_signs_in_with_everything_that_was_typed(client: EsiaClient, stand: httpx.Client) -> None:
    form = form_of(stand.get("/people/new")) | {
        "lastName": "Пробная",
        "firstName": "Вера",
        "birthDate": "29.02.1988",
        "mobile": "8 900 111-22-33",
        "email": "vera@example.org",
        "roles-0-organisation": "school5",
        "roles-0-chief": "on",
        "kids-0-lastName": "Пробный",
        "kids-0-firstName": "Лев",
        "kids-0-birthDate": "01.09.2016",
        "kids-0-snils": snils.fresh(),
        "kids-0-certificate": "II-МЮ 000777",
        "documents-0-number": "123456",
        "documents-0-issueDate": "01.02.2008",
    }
    saved = stand.post("/people/new", data=form)
    assert (saved.status_code, "Пробная Вера" in saved.text) == (200, True)
    scope = "openid fullname snils mobile usr_org id_doc kid_fullname kid_snils kid_birth_cert_doc"
    body = client.token(client.code("+79001112233", scope=scope), scope=scope).json()
    oid = next(person["oid"] for person in stand.get("/api/people").json() if person["lastName"] == "Пробная")
    read = {name: client.rest(f"{oid}/{name}?embed=(elements)", body["access_token"]).json() for name in ("roles", "kids", "docs", "ctts")}
    assert (read["roles"]["elements"][0]["chief"], read["kids"]["elements"][0]["firstName"]) == (True, "Лев")
    assert read["kids"]["elements"][0]["documents"]["elements"][0]["number"] == "000777"
    assert (read["docs"]["elements"][0]["type"], read["docs"]["elements"][0]["number"]) == ("RF_PASSPORT", "123456")
    assert [item["value"] for item in read["ctts"]["elements"]] == ["+7(900)1112233"]


def test_form_saved_untouched_changes_nothing(stand: httpx.Client) -> None:
    before = stand.get("/api/people").json()
    for person in before:
        page = stand.post(f"/people/{person['oid']}", data=form_of(stand.get(f"/people/{person['oid']}")))
        assert page.status_code == 200, person["lastName"]
    after = stand.get("/api/people").json()
    # What the form does not show of a document is the only thing it may lose.
    assert [slim(person) for person in after] == [slim(person) for person in before]


def slim(person: dict[str, Any]) -> dict[str, Any]:
    kept = json.loads(json.dumps(person))
    for document in [*kept["documents"], *(one for kid in kept["kids"] for one in kid["documents"])]:
        for name in ("issueId", "issuedBy", "vrfStu"):
            document.pop(name)
    return dict(kept)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("snils", "000-001-001 06", "Контрольные цифры СНИЛС не сходятся"),
        ("birthDate", "31.02.2000", "Дата пишется как"),
        ("mobile", "12", "Телефон пишется как"),
        ("lastName", "", "Заполните это поле"),
        ("lastName", "Я" * 101, "Слишком длинно"),
        ("email", "no address", "Проверьте, что здесь написано"),
        ("mobile", "+7(900)0000002", "С такими данными для входа уже есть Морозова Елена Павловна"),
    ],
    ids=["snils", "birth-date", "phone", "no-name", "long-name", "email", "taken-phone"],
)
def test_wrong_field_is_explained_and_nothing_typed_is_lost(stand: httpx.Client, field: str, value: str, words: str) -> None:
    page = stand.post("/people/1000000001", data=form_of(stand.get("/people/1000000001")) | {"about": "typed", field: value})
    assert page.status_code == 422
    assert words in page.text
    assert 'value="typed"' in page.text
    assert stand.get("/api/people").json()[0]["about"] != "typed"


def test_text_of_a_person_is_never_markup(stand: httpx.Client) -> None:
    hostile = '"><script>alert(1)</script>'
    assert stand.patch("/api/people/1000000001", json={"about": hostile}).status_code == 200
    for page in ("/people", "/people/1000000001"):
        assert "<script>alert" not in stand.get(page).text


@pytest.mark.parametrize(
    "content",
    [{"snils": "1"}, {"level": "X"}, {"surprise": 1}, {"roles": [{"organisation": "nowhere"}]}, {"kids": [{}]}, {"birthDate": 5}],
    ids=["snils", "level", "unknown", "organisation", "kid", "type"],
)
def test_api_refuses_wrong_people_in_words_without_repeating_them(stand: httpx.Client, content: dict[str, Any]) -> None:
    answered = stand.patch("/api/people/1000000001", json=content)
    assert answered.status_code == 422
    assert '"input"' not in answered.text


def test_people_come_and_go_by_the_api(stand: httpx.Client) -> None:
    person = stand.get("/api/people").json()[1]
    fresh = {**person, "snils": stand.post("/api/snils").json()["snils"], "mobile": "+7(900)5550000", "email": None, "kids": []}
    fresh.pop("oid")
    made = stand.post("/api/people", json=fresh)
    assert made.status_code == 201
    assert stand.post("/api/people", json=made.json()).status_code == 409
    assert stand.delete(f"/api/people/{made.json()['oid']}").status_code == 204
    assert stand.patch(f"/api/people/{made.json()['oid']}", json={}).status_code == 404
    assert stand.delete("/api/people/1000000001").status_code == 204
    assert stand.post("/api/people/reset").status_code == 204
    assert stand.get("/api/people").json()[0]["oid"] == 1000000001


def test_changes_are_kept_in_the_file_and_found_after_a_restart(keys_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    for expected in (None, "Переименованная"):
        with start(keys_dir, esia_people=path) as running, httpx.Client(base_url=f"{running.url}/stand/api") as http:
            if expected is None:
                assert http.patch("/people/1000000001", json={"lastName": "Переименованная"}).status_code == 200
            else:
                assert http.get("/people").json()[0]["lastName"] == expected
                assert http.get("/people.json").json() == json.loads(path.read_text())


def test_organisation_is_added_and_liquidated(client: EsiaClient, stand: httpx.Client) -> None:
    assert "Школа № 99" in stand.post("/organisations", data={"shortName": "Школа № 99", "ogrn": "1020000000099"}).text
    assert "ОГРН из 13 цифр" in stand.post("/organisations", data={"shortName": "X", "ogrn": "1"}).text
    stand.post("/organisations", data={"key": "school12", "isLiquidated": "on"})
    token = client.token(client.code("orlov@example.org")).json()["access_token"]
    assert client.rest("1000000005/roles?embed=(elements)", token).json()["elements"][0]["isLiquidated"] is True


def test_another_site_cannot_change_the_stand(stand: httpx.Client) -> None:
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site}
        assert stand.post("/faults", data={"unavailable": "on"}, headers=headers).status_code == 403
        assert stand.patch("/api/faults", json={"unavailable": True}, headers=headers).status_code == 403
        assert stand.post("/people/1000000001/remove", headers=headers).status_code == 403
    assert stand.get("/api/faults").json()["unavailable"] is False


def test_stand_can_be_closed(keys_dir: Path) -> None:
    with start(keys_dir, esia_stand=False) as running:
        for path in ("people", "faults", "api/faults", "api/people"):
            assert httpx.get(f"{running.url}/stand/{path}").status_code == 404
        assert "/stand/" not in EsiaClient(running).follow(EsiaClient(running).authorize()).text


def test_faults_are_set_on_the_page(client: EsiaClient, stand: httpx.Client) -> None:
    form = {
        "latency_ms": "0",
        "clock_ahead_seconds": "0",
        "error_code": "007046",
        "error_stage": "consent",
        "error_times": "1",
        "tampering": "",
    }
    assert stand.post("/faults", data=form).status_code == 200
    assert refusal(client.sign_in()) == "007046"
    assert "code" in answer(client.submit(client.follow(client.authorize())))
    assert stand.post("/faults", data=form | {"latency_ms": "-5"}).status_code == 422
    assert stand.post("/faults", data={"reset": "1"}).status_code == 200
    assert stand.get("/api/faults").json()["error_code"] == ""


@pytest.mark.parametrize(
    "changes",
    [{"latency_ms": 70000}, {"error_code": "1"}, {"error_code": "999999"}, {"error_stage": "x"}, {"tampering": "x"}, {"surprise": 1}],
    ids=["latency", "short-code", "unknown-code", "stage", "tampering", "name"],
)
def test_wrong_switch_is_refused(stand: httpx.Client, changes: dict[str, Any]) -> None:
    assert stand.patch("/api/faults", json=changes).status_code == 422


def test_maintenance_stops_the_protocol_and_not_the_stand(client: EsiaClient, stand: httpx.Client) -> None:
    stand.patch("/api/faults", json={"unavailable": True})
    refused = client.authorize()
    assert (refused.status_code, refusal(refused), refused.headers["retry-after"]) == (503, "007008", "60")
    assert stand.get("/people").status_code == 200
    stand.delete("/api/faults")
    assert client.authorize().is_redirect


def test_everything_that_can_be_ordered_is_listed_once(stand: httpx.Client) -> None:
    told = stand.get("/api/codes").json()
    numbers = [item["code"] for item in told["codes"]]
    assert len(numbers) == len(set(numbers)) >= 28
    page = stand.get("/faults").text
    assert all(f'value="{number}"' in page for number in numbers)


def test_check_digits_of_snils() -> None:
    """The published examples: a plain sum, a sum of 100 or 101, a sum above."""
    assert [snils.check_digits(number) for number in ("112233445", "087654303", "000000000")] == ["95", "00", "00"]
    assert all(snils.is_valid(snils.fresh()) for _ in range(200))
    assert not snils.is_valid("112-233-445 96")
    assert not snils.is_valid("")
