"""The whole v1 flow over HTTP, and everything that must be refused."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from myschool_esia_simulator.testing import BRIDGE, EsiaClient, Running, answer, new_key, refusal, self_signed

OID = 1000000001


def claims_of(token: str, public_pem: bytes) -> dict[str, Any]:
    head, body, signature = token.split(".")
    key = load_pem_public_key(public_pem)
    assert isinstance(key, rsa.RSAPublicKey)
    raw = base64.urlsafe_b64decode(signature + "==")
    key.verify(raw, f"{head}.{body}".encode(), padding.PKCS1v15(), SHA256())
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return claims


@pytest.mark.parametrize("login", ["+7(900)0000001", "89000000001", "sokolova@example.org", "Sokolova@Example.org ", "000-001-001 05"])
def test_sign_in_with_any_login_gives_person(client: EsiaClient, login: str) -> None:
    back = client.sign_in(login)
    assert back.headers["location"].startswith(f"{BRIDGE}/callback?")
    body = client.token(answer(back)["code"]).json()
    claims = claims_of(body["id_token"], client.running.esia_public)
    assert (claims["sub"], claims["aud"], claims["amr"]) == (OID, "MYSCHOOL", "PWD")
    assert claims["urn:esia:sbj"]["urn:esia:sbj:is_tru"] is True
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)


def test_token_answer_echoes_its_own_state(client: EsiaClient) -> None:
    state = str(uuid.uuid4())
    assert client.token(client.code(), state=state).json()["state"] == state


def test_wrong_password_keeps_login_and_explains(client: EsiaClient) -> None:
    page = client.follow(client.authorize())
    again = client.submit(page, login="sokolova@example.org", password="nope")
    assert again.status_code == 401
    assert 'value="sokolova@example.org"' in again.text
    assert "не подходят" in again.text


def test_consent_is_remembered_per_person(client: EsiaClient) -> None:
    client.code()
    page = client.follow(client.authorize())
    assert 'id="continueAsPerson"' in page.text
    assert "code" in answer(client.submit(page))
    other = client.follow(client.authorize())
    login = client.browser.get(str(other.url).replace("/account/", "/login/"))
    consent = client.submit(login, login="belova@example.org", password="demo")
    assert 'id="grantAuthorization"' in consent.text


def test_refusal_leads_back_with_007004(client: EsiaClient) -> None:
    state = str(uuid.uuid4())
    page = client.submit(client.follow(client.authorize(state=state)), login="+79000000001", password="demo")
    back = client.submit(page, decision="refuse")
    assert (answer(back)["error"], refusal(back), answer(back)["state"]) == ("access_denied", "007004", state)


def test_unconfirmed_person_leads_back_with_007055(client: EsiaClient) -> None:
    assert refusal(client.sign_in("novikov@example.org")) == "007055"


def test_unconfirmed_person_has_no_is_tru_when_let_through(lenient_simulator: Running) -> None:
    client = EsiaClient(lenient_simulator)
    body = client.token(client.code("novikov@example.org")).json()
    subject = claims_of(body["id_token"], lenient_simulator.esia_public)["urn:esia:sbj"]
    assert "urn:esia:sbj:is_tru" not in subject
    assert subject["urn:esia:sbj:lvl"] == "P"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timestamp": "2020.01.01 00:00:00 +0300"}, "007015"),
        ({"timestamp": "2026-11-24T00:00:00Z"}, "007015"),
        ({"state": "not-a-uuid"}, "007003"),
        ({"after_state": "6d1f0c5e-8a53-4c1e-9b0e-2f7a4d5c3b21"}, "007053"),
        ({"after_scope": "openid"}, "007053"),
        ({"after_client_secret": "%%%"}, "007053"),
        ({"after_client_secret": "QUJD"}, "007053"),
        ({"after_client_secret": ""}, "007014"),
        ({"scope": "openid everything"}, "007006"),
        ({"after_scope": ""}, "007013"),
        ({"response_type": "token"}, "007012"),
        ({"access_type": "forever"}, "007003"),
    ],
)
def test_bad_authorization_is_refused_with_its_code(client: EsiaClient, changes: dict[str, str], code: str) -> None:
    assert refusal(client.authorize(**changes)) == code


@pytest.mark.parametrize(("changes", "code"), [({"redirect_uri": "https://evil.example"}, "007023"), ({"client_id": "OTHER"}, "007005")])
def test_unknown_system_or_address_never_redirects(client: EsiaClient, changes: dict[str, str], code: str) -> None:
    page = client.authorize(**changes)
    assert page.status_code == 400
    assert f"ESIA-{code}" in page.text


def test_repeated_parameter_is_refused(client: EsiaClient) -> None:
    items = [*client.authorization().items(), ("scope", "openid")]
    assert refusal(client.browser.get(f"{client.running.url}/aas/oauth2/ac", params=items)) == "007003"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_skewed_clock_is_refused(client: EsiaClient, minutes: int) -> None:
    assert refusal(client.authorize(timestamp=client.timestamp(minutes * 60))) == "007015"


def test_foreign_key_is_refused(client: EsiaClient) -> None:
    client.key = new_key()
    assert refusal(client.authorize()) == "007053"
    client.certificate = self_signed(client.key)
    assert refusal(client.authorize()) == "007002"


def test_code_is_single_use(client: EsiaClient) -> None:
    code = client.code()
    assert client.token(code).status_code == 200
    assert refusal(client.token(code)) == "007011"


def test_old_code_is_refused(client: EsiaClient) -> None:
    code = client.code()
    client.running.ahead = 61
    assert refusal(client.token(code)) == "007011"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": f"{BRIDGE}/other"}, "007011"),
        ({"scope": "openid"}, "007006"),
        ({"grant_type": "client_credentials"}, "007009"),
        ({"after_code": ""}, "007014"),
        ({"after_timestamp": "2020.01.01 00:00:00 +0300"}, "007015"),
        ({"after_state": "6d1f0c5e-8a53-4c1e-9b0e-2f7a4d5c3b21"}, "007053"),
    ],
)
def test_bad_token_request_is_refused(client: EsiaClient, changes: dict[str, str], code: str) -> None:
    answer_ = client.token(client.code(), **changes)
    assert (answer_.status_code, refusal(answer_)) == (400, code)


def test_refresh_token_is_offline_only_and_single_use(client: EsiaClient) -> None:
    assert "refresh_token" not in client.token(client.code()).json()
    client.browser.cookies.clear()
    page = client.submit(client.follow(client.authorize(access_type="offline")), login="sokolova@example.org", password="demo")
    refresh = client.token(answer(page)["code"]).json()["refresh_token"]
    renew: Callable[[], httpx.Response] = lambda: client.token(  # noqa: E731
        "-", grant_type="refresh_token", refresh_token=refresh
    )
    assert renew().status_code == 200
    assert refusal(renew()) == "007011"


def test_rest_gives_person_with_collections(client: EsiaClient) -> None:
    token = client.token(client.code()).json()["access_token"]
    person = client.rest(f"{OID}", token).json()
    assert (person["lastName"], person["birthDate"], person["trusted"]) == ("Соколова", "14.05.1984", True)
    contacts = client.rest(f"{OID}/ctts?embed=(elements)", token).json()
    assert {item["type"] for item in contacts["elements"]} == {"MBT", "EML"}
    listed = client.rest(f"{OID}/kids", token).json()
    kid = httpx.get(listed["elements"][0], headers={"Authorization": f"Bearer {token}"}).json()
    assert (listed["size"], kid["firstName"]) == (1, "Егор")
    role = client.rest(f"{OID}/roles", token).json()
    assert role["size"] == 1


def test_rest_refuses_foreign_person_scope_and_token(client: EsiaClient) -> None:
    full = client.token(client.code()).json()
    assert client.rest("1000000002", full["access_token"]).status_code == 403
    assert client.rest(f"{OID}", full["id_token"]).status_code == 401
    assert client.rest(f"{OID}", full["access_token"][:-6] + "AAAAAA").status_code == 401
    client.browser.cookies.clear()
    page = client.submit(client.follow(client.authorize(scope="openid")), login="sokolova@example.org", password="demo")
    narrow = client.token(answer(page)["code"], scope="openid").json()["access_token"]
    assert client.rest(f"{OID}/kids", narrow).status_code == 403
    assert "snils" not in client.rest(f"{OID}", narrow).json()
    client.running.ahead = 3601
    assert client.rest(f"{OID}", full["access_token"]).status_code == 401


def test_personas_show_their_peculiarity(client: EsiaClient) -> None:
    def everything(login: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
        client.browser.cookies.clear()
        body = client.token(client.code(login)).json()
        claims = claims_of(body["id_token"], client.running.esia_public)
        read = [client.rest(f"{claims['sub']}/{name}?embed=(elements)", body["access_token"]).json() for name in ("ctts", "roles", "kids")]
        return claims["urn:esia:sbj"], read[0], read[1], read[2]

    assert everything("orlov@example.org")[2]["elements"][0]["chief"] is True
    assert [contact["type"] for contact in everything("89000000007")[1]["elements"]] == ["MBT"]
    assert everything("volkov.roman@example.org")[0]["urn:esia:sbj:lvl"] == "KD"
    assert everything("egorov@example.org")[2]["size"] == 2
    assert everything("tikhonov@example.org")[2]["elements"][0]["isLiquidated"] is True
    assert everything("zaitseva@example.org")[3]["elements"][0]["representation"] == "FOSTER"


def test_logout_returns_only_to_registered_addresses(client: EsiaClient) -> None:
    client.code()
    address = f"{client.running.url}/idp/ext/Logout"
    stays = client.browser.get(address, params={"client_id": "MYSCHOOL", "redirect_url": "https://evil.example/"})
    assert stays.status_code == 200
    back = client.browser.get(address, params={"client_id": "MYSCHOOL", "redirect_url": f"{BRIDGE}/done"})
    assert back.headers["location"] == f"{BRIDGE}/done"
    assert 'id="login"' in client.follow(client.authorize()).text


def test_spent_or_unknown_page_explains(client: EsiaClient) -> None:
    page = client.browser.get(f"{client.running.url}/login/unknown")
    assert page.status_code == 410
    assert "устарела" in page.text
