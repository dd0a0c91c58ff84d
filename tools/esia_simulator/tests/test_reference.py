"""The whole protocol, both dialects, every kind of key, spoken by a client that knows nothing of our code."""

import base64
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

sys.path.insert(0, str(Path(__file__).parent))
from reference_client import Dialect, ReferenceClient, Refused, first_dialect, pkce, second_dialect

from myschool_esia_simulator.testing import Running, start, write_keys
from myschool_esia_simulator.testing_keys import gost_pair, new_key, pem, self_signed, write_pair


def rsa_signer(key_pem: bytes) -> Callable[[bytes], bytes]:
    key = load_pem_private_key(key_pem, None)
    return lambda content: key.sign(content, padding.PKCS1v15(), SHA256())  # type: ignore[union-attr,call-arg]


def dialect_of(kind: str, folder: Path) -> Dialect:
    """Writes key and certificate of the kind and answers with the dialect that signs by them."""
    key, certificate = folder / "esia-client.key", folder / "esia-client.crt"
    if kind == "v2-gost":
        pair = gost_pair()
        key.unlink()
        certificate.write_bytes(pair.certificate)
        return second_dialect(pair.sign, pair.certificate)
    if kind == "v2-ed25519":
        private = ed25519.Ed25519PrivateKey.generate()
        write_pair(folder, private)
        return second_dialect(private.sign, certificate.read_bytes())
    if kind == "v2-rsa":
        return second_dialect(rsa_signer(key.read_bytes()), certificate.read_bytes())
    return first_dialect(key.read_bytes(), certificate.read_bytes())


@pytest.fixture(params=["v1-rsa", "v2-rsa", "v2-ed25519", "v2-gost"])
def reference(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ReferenceClient, Running]]:
    write_keys(tmp_path)
    dialect = dialect_of(request.param, tmp_path)
    with start(tmp_path) as running, httpx.Client() as browser:
        yield ReferenceClient(running.url, dialect, running.esia_public, browser=browser), running


def test_whole_way_of_a_teacher_who_is_a_mother(reference: tuple[ReferenceClient, Running]) -> None:
    client, _running = reference
    code = client.code("+7(900)0000001", access_type="offline")
    first = client.redeem(code)
    with pytest.raises(Refused, match="007011"):
        client.redeem(code)
    claims = client.verified(first["id_token"], "id")
    assert (claims["sub"], claims["aud"], claims["amr"], "nonce" in claims) == (1000000001, "MYSCHOOL", "PWD", False)
    assert claims["exp"] - claims["iat"] == 10800
    assert claims["urn:esia:sbj"]["urn:esia:sbj:is_tru"] is True
    access = client.verified(first["access_token"], "access")
    assert access["exp"] - access["iat"] == 3600
    assert all(scope.endswith("?oid=1000000001") for scope in access["scope"].split())
    token = first["access_token"]
    person = client.read("1000000001", token)
    assert (person["lastName"], person["birthDate"], person["trusted"]) == ("Соколова", "14.05.1984", True)
    embedded = {name: client.read(f"1000000001/{name}?embed=(elements)", token) for name in ("ctts", "docs", "roles", "kids")}
    assert {item["type"] for item in embedded["ctts"]["elements"]} == {"MBT", "EML"}
    assert embedded["docs"]["elements"][0]["type"] == "RF_PASSPORT"
    assert embedded["roles"]["elements"][0]["chief"] is False
    assert embedded["kids"]["elements"][0]["firstName"] == "Егор"
    # Without embed the elements are addresses, read one by one.
    for name in ("ctts", "docs", "kids"):
        addresses = client.read(f"1000000001/{name}", token)["elements"]
        assert [client.read(address, token) for address in addresses] == embedded[name]["elements"]
    assert client.read("1000000002", token) == 403
    assert client.read("1000000001", token[:-4] + "AAAA") == 401
    # Two clients sign the refresh by two formulas: this is the one with the address.
    renewed = client.refresh(first["refresh_token"])
    assert client.verified(renewed["id_token"], "id")["sub"] == 1000000001
    with pytest.raises(Refused, match="007011"):
        client.refresh(first["refresh_token"])
    assert client.code("")  # signed in already: one button
    assert client.logout("https://evil.example/") == ""
    assert client.logout("http://localhost:8020/bye") == "http://localhost:8020/bye"
    assert client.code("+7(900)0000001")


def test_personas_in_either_dialect(reference: tuple[ReferenceClient, Running]) -> None:
    client, _running = reference
    with pytest.raises(Refused, match="007055"):
        client.code("+7(900)0000008")
    client.browser.cookies.clear()
    with pytest.raises(Refused, match="007004"):
        client.code("+7(900)0000003", grant=False)
    client.browser.cookies.clear()
    answer = client.redeem(client.code("+7(900)0000009"))
    assert client.verified(answer["id_token"], "id")["urn:esia:sbj"]["urn:esia:sbj:lvl"] == "KD"
    client.browser.cookies.clear()
    token = client.redeem(client.code("+7(900)0000007"))["access_token"]
    assert [item["type"] for item in client.read("1000000007/ctts?embed=(elements)", token)["elements"]] == ["MBT"]


def test_changed_behind_the_signature_is_refused(reference: tuple[ReferenceClient, Running]) -> None:
    client, _running = reference
    for name, value in (("scope", "openid"), ("state", "2e7f0a52-1111-4111-8111-111111111111"), ("client_secret", "QUJD")):
        params = client.signed(response_type="code", access_type="online") | {name: value}
        back = httpx.get(f"{client.url}{client.dialect.authorize}", params=params).headers["location"]
        assert "ESIA-007053" in back, name


@pytest.fixture
def second(tmp_path: Path) -> Iterator[ReferenceClient]:
    """The second dialect with an RSA key."""
    write_keys(tmp_path)
    with start(tmp_path) as running, httpx.Client() as browser:
        yield ReferenceClient(running.url, dialect_of("v2-rsa", tmp_path), running.esia_public, browser=browser)


def refused(client: ReferenceClient, *without: str, **changes: str) -> str:
    params = client.signed(response_type="code", access_type="online", **{k: v for k, v in changes.items() if not k.startswith("after_")})
    params |= {name[6:]: value for name, value in changes.items() if name.startswith("after_")}
    params = {name: value for name, value in params.items() if name not in without}
    answer = httpx.get(f"{client.url}{client.dialect.authorize}", params=params)
    return answer.headers["location"].partition("ESIA-")[2][:6]


def test_classic_mistakes_with_the_certificate_hash(second: ReferenceClient, tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate((tmp_path / "esia-client.crt").read_bytes())
    assert refused(second, "client_certificate_hash") == "007014"
    assert refused(second, after_client_certificate_hash=certificate.fingerprint(SHA1()).hex()) == "007053"
    assert refused(second, after_client_certificate_hash=certificate.fingerprint(SHA256()).hex()) == "007053"
    assert refused(second, after_client_certificate_hash="zz") == "007053"


def test_other_address_or_code_than_signed_is_refused(second: ReferenceClient) -> None:
    code = second.code("+7(900)0000001")
    for change in ({"code": code + "x"}, {"redirect_uri": "http://localhost:8020/other"}):
        form = second.signed(token_type="Bearer", grant_type="authorization_code", code=code) | change
        assert "ESIA-007053" in httpx.post(f"{second.url}/aas/oauth2/v3/te", data=form).json()["error_description"]


def test_first_dialect_is_not_taken_at_the_second_addresses(second: ReferenceClient, tmp_path: Path) -> None:
    first = first_dialect((tmp_path / "esia-client.key").read_bytes(), (tmp_path / "esia-client.crt").read_bytes())
    mixed = ReferenceClient(second.url, Dialect(second.dialect.authorize, second.dialect.token, first.secret), second.key_of_esia)
    assert refused(mixed) == "007014"
    assert refused(mixed, after_client_certificate_hash=second.dialect.certificate_hash) == "007053"


def test_other_refresh_formula_is_taken_too(second: ReferenceClient, tmp_path: Path) -> None:
    """client_id + scope + timestamp + state + refresh_token, without address and hash: so one known client does it."""
    token = second.redeem(second.code("+7(900)0000001", access_type="offline"))["refresh_token"]
    form = second.signed(token_type="Bearer", grant_type="refresh_token", refresh_token=token)
    form.pop("redirect_uri")
    form.pop("client_certificate_hash")
    text = "".join(form[name] for name in ("client_id", "scope", "timestamp", "state", "refresh_token"))
    signed = rsa_signer((tmp_path / "esia-client.key").read_bytes())(text.encode())
    form["client_secret"] = base64.urlsafe_b64encode(signed).decode()
    assert httpx.post(f"{second.url}/aas/oauth2/v3/te", data=form).status_code == 200


def test_options_of_the_second_dialect(second: ReferenceClient) -> None:
    assert refused(second, roles="X") == "007060"
    assert refused(second, obj_type="X") == "007061"
    assert refused(second, permissions="%%%") == "007038"
    assert refused(second, person_filter=base64.b64encode(b"other").decode()) == "007003"
    assert refused(second, scope_org="org_unknown") == "007006"
    with pytest.raises(Refused, match="007194"):
        second.code("+7(900)0000003", scope_org="org_fullname")
    second.browser.cookies.clear()
    assert second.code("+7(900)0000001", scope_org="org_fullname")


def test_pkce_where_it_is_demanded(tmp_path: Path) -> None:
    write_keys(tmp_path)
    with start(tmp_path, esia_pkce_required=True, esia_confirmed_only=False) as running, httpx.Client() as browser:
        client = ReferenceClient(running.url, dialect_of("v2-rsa", tmp_path), running.esia_public, browser=browser)
        assert refused(client) == "007039"
        verifier, challenge = pkce()
        code = client.code("+7(900)0000001", code_challenge=challenge, code_challenge_method="S256")
        with pytest.raises(Refused, match="007040"):
            client.tokens(grant_type="authorization_code", code=code, code_verifier="wrong")
        code = client.code("", code_challenge=challenge, code_challenge_method="S256")
        assert client.tokens(grant_type="authorization_code", code=code, code_verifier=verifier)["id_token"]
        # person_filter: the system itself wants confirmed accounts only, whatever the stand allows.
        browser.cookies.clear()
        with pytest.raises(Refused, match="007055"):
            client.code("+7(900)0000008", code_challenge=challenge, person_filter=base64.b64encode(b"conf_acc").decode())


def test_former_certificate_counts_while_both_are_registered(second: ReferenceClient, tmp_path: Path) -> None:
    assert second.code("+7(900)0000001")
    (tmp_path / "esia-client-next.crt").write_bytes((tmp_path / "esia-client.crt").read_bytes())
    write_pair(tmp_path, new_key())
    assert second.code("")
    renewed = dialect_of("v2-rsa", tmp_path)
    assert ReferenceClient(second.url, renewed, second.key_of_esia, browser=second.browser).code("")
    (tmp_path / "esia-client-next.crt").unlink()
    with pytest.raises(Refused, match="007053"):
        second.code("")


def test_stranger_with_a_certificate_of_the_same_name_is_refused(second: ReferenceClient) -> None:
    key = new_key()
    from cryptography.hazmat.primitives.serialization import Encoding

    forged = second_dialect(rsa_signer(pem(key)), self_signed(key).public_bytes(Encoding.PEM))
    assert refused(ReferenceClient(second.url, forged, second.key_of_esia)) == "007053"
