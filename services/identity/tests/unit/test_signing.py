"""Each adapter of the Signer port signs for real; keys change under it; nothing secret is shown to other processes."""

import contextlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError

from myschool_esia_simulator import gost
from myschool_esia_simulator.pkcs7 import verify_detached
from myschool_esia_simulator.testing_keys import new_key, self_signed, write_gost_pair_by_engine, write_pair
from myschool_esia_simulator.verifiers import verifier_of
from myschool_identity.bridge.dialect import certificate_hash
from myschool_identity.bridge.signing.choice import signer_of
from myschool_identity.bridge.signing.port import Form, Signature, SigningFailed
from myschool_identity.settings import IdentitySettings

CONTENT = b"MYSCHOOLopenid2026.11.26 10:00:00 +0300"
ALL = frozenset({"rsa", "gost", "ed25519"})


def check(signature: Signature, form: Form, folder: Path) -> None:
    """By the simulator's verifiers, against the certificate that lies in the folder now."""
    certificate = x509.load_pem_x509_certificate((folder / "esia-client.crt").read_bytes())
    assert signature.certificate == certificate.public_bytes(Encoding.DER)
    verifier = verifier_of(certificate, ALL)
    if form is Form.RAW:
        verifier.verify(signature.value, CONTENT)
    else:
        verify_detached(signature.value, CONTENT, verifier)


def signer(folder: Path, **options: Any) -> Any:
    return signer_of(IdentitySettings(keys_dir=folder, **options), httpx.AsyncClient())


@pytest.mark.parametrize("form", [Form.RAW, Form.PKCS7], ids=["raw", "pkcs7"])
async def test_rsa_key_signs_in_both_forms(tmp_path: Path, form: Form) -> None:
    write_pair(tmp_path, new_key())
    check(await signer(tmp_path).sign(CONTENT, form), form, tmp_path)


async def test_ed25519_signs_raw_only(tmp_path: Path) -> None:
    write_pair(tmp_path, ed25519.Ed25519PrivateKey.generate())
    check(await signer(tmp_path).sign(CONTENT, Form.RAW), Form.RAW, tmp_path)
    with pytest.raises(SigningFailed):
        await signer(tmp_path).sign(CONTENT, Form.PKCS7)


async def replaced_key_is_taken(tmp_path: Path, write: Callable[[Path], None], **options: Any) -> None:
    write(tmp_path)
    signing = signer(tmp_path, **options)
    before = await signing.sign(CONTENT, Form.RAW)
    spare = tmp_path / "spare"
    spare.mkdir()
    write(spare)
    # Between the two files the former pair signs: a new key with an old certificate would be refused by Госуслуги.
    (tmp_path / "esia-client.key").write_bytes((spare / "esia-client.key").read_bytes())
    assert (await signing.sign(CONTENT, Form.RAW)).certificate == before.certificate
    (tmp_path / "esia-client.crt").write_bytes((spare / "esia-client.crt").read_bytes())
    after = await signing.sign(CONTENT, Form.RAW)
    assert after.certificate != before.certificate
    check(after, Form.RAW, tmp_path)
    # A file that goes missing, or is half written, stops nobody.
    (tmp_path / "esia-client.key").write_bytes(b"-----BEGIN PRIV")
    assert (await signing.sign(CONTENT, Form.RAW)).certificate == after.certificate
    (tmp_path / "esia-client.key").unlink()
    assert (await signing.sign(CONTENT, Form.RAW)).certificate == after.certificate


async def test_replaced_rsa_key_is_taken_without_a_restart(tmp_path: Path) -> None:
    await replaced_key_is_taken(tmp_path, lambda folder: write_pair(folder, new_key()))


def test_start_ends_in_words_when_the_pair_does_not_fit(tmp_path: Path) -> None:
    write_pair(tmp_path, new_key())
    (tmp_path / "esia-client.crt").write_bytes(self_signed(new_key()).public_bytes(Encoding.PEM))
    with pytest.raises(SystemExit, match="do not fit"):
        signer(tmp_path)
    (tmp_path / "esia-client.key").unlink()
    with pytest.raises(SystemExit, match=r"esia-client\.key is not readable"):
        signer(tmp_path)


@pytest.mark.gost_engine
@pytest.mark.parametrize("form", [Form.RAW, Form.PKCS7], ids=["raw", "pkcs7"])
async def test_engine_signs_by_gost(tmp_path: Path, form: Form) -> None:
    write_gost_pair_by_engine(tmp_path)
    signature = await signer(tmp_path, esia_signer="gost").sign(CONTENT, form)
    check(signature, form, tmp_path)
    if form is Form.RAW:
        assert len(signature.value) == 64
        key = gost.key_of(signature.certificate)
        assert key is not None
        assert not key.verify(signature.value[::-1], CONTENT)


@pytest.mark.gost_engine
async def test_replaced_gost_key_is_taken_without_a_restart(tmp_path: Path) -> None:
    await replaced_key_is_taken(tmp_path, write_gost_pair_by_engine, esia_signer="gost")


@pytest.mark.gost_engine
async def test_engine_gets_key_and_text_by_pipes_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_gost_pair_by_engine(tmp_path)
    run, seen = subprocess.run, list[Any]()

    def watched(command: Any, **options: Any) -> Any:
        seen.append((command, options))
        return run(command, **options)

    signing = signer(tmp_path, esia_signer="gost")
    monkeypatch.setattr(subprocess, "run", watched)
    hostile = b"$(touch /tmp/owned); `id` '\"\n\x00"
    await signing.sign(hostile, Form.RAW)
    ((command, options),) = seen
    assert isinstance(command, list)
    assert not options.get("shell")
    assert all(word.startswith(("openssl", "dgst", "-", "gost", "/dev/fd/")) for word in command)
    assert options["input"] == hostile


@pytest.mark.gost_engine
def test_hash_of_the_certificate_is_the_one_of_openssl(tmp_path: Path) -> None:
    write_gost_pair_by_engine(tmp_path)
    der = x509.load_pem_x509_certificate((tmp_path / "esia-client.crt").read_bytes()).public_bytes(Encoding.DER)
    told = subprocess.run(["openssl", "dgst", "-engine", "gost", "-md_gost12_256", "-r"], input=der, capture_output=True, check=True).stdout
    assert certificate_hash(der) == told.decode().split()[0]


def test_missing_engine_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pair(tmp_path, new_key())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="ESIA_SIGNER=gost"):
        signer(tmp_path, esia_signer="gost")


# A signing service in a process of its own: reads its key from a file, wants a token, answers as CryptoPro DSS does.
SERVICE = """
import base64, http.server, json, sys
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

folder, token, turned = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "reversed"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        certificate = x509.load_pem_x509_certificate((folder / "esia-client.crt").read_bytes())
        known = certificate.fingerprint(SHA1()).hex() == asked["Certificate"]
        if self.headers.get("Authorization") != f"Bearer {token}" or not known:
            self.send_error(403)
            return
        key = load_pem_private_key((folder / "esia-client.key").read_bytes(), None)
        content = base64.b64decode(asked["Content"])
        if asked["Signature"]["Type"] == "CMS":
            options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]
            made = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256()).sign(Encoding.DER, options)
        else:
            made = key.sign(content, padding.PKCS1v15(), SHA256())
            made = made[::-1] if turned else made
        body = json.dumps(base64.b64encode(made).decode()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def signing_service(folder: Path, order: str = "plain") -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", SERVICE, str(folder), "secret", order], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/sign"
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def devices(tmp_path: Path) -> tuple[Path, Path]:
    """Folder of the service, with the key, and of the bridge, with the certificate and the token."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    write_pair(inside, new_key())
    (outside / "esia-client.crt").write_bytes((inside / "esia-client.crt").read_bytes())
    (outside / "esia-signer.token").write_text("secret\n")
    return inside, outside


@pytest.mark.parametrize("form", [Form.RAW, Form.PKCS7], ids=["raw", "pkcs7"])
@pytest.mark.parametrize("order", ["plain", "reversed"])
async def test_service_signs_with_a_key_that_the_bridge_never_sees(devices: tuple[Path, Path], form: Form, order: str) -> None:
    inside, outside = devices
    with signing_service(inside, order) as url:
        signing = signer(outside, esia_signer="remote", esia_signer_url=url, esia_signer_reversed=order == "reversed")
        check(await signing.sign(CONTENT, form), form, outside)


async def test_service_away_or_refusing_is_a_failure_and_its_return_is_noticed(devices: tuple[Path, Path]) -> None:
    inside, outside = devices
    with signing_service(inside) as url:
        signing = signer(outside, esia_signer="remote", esia_signer_url=url)
        (outside / "esia-signer.token").write_text("wrong")
        with pytest.raises(SigningFailed, match="403"):
            await signing.sign(CONTENT, Form.RAW)
        (outside / "esia-signer.token").write_text("secret")
        check(await signing.sign(CONTENT, Form.RAW), Form.RAW, outside)
        # The device got a new key; the certificate follows.
        write_pair(inside, new_key())
        with pytest.raises(SigningFailed):
            await signing.sign(CONTENT, Form.RAW)
        (outside / "esia-client.crt").write_bytes((inside / "esia-client.crt").read_bytes())
        check(await signing.sign(CONTENT, Form.RAW), Form.RAW, outside)
    with pytest.raises(SigningFailed):
        await signing.sign(CONTENT, Form.RAW)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"###"', b'""', b"not json", b'{"a": 1}'],
    ids=["nothing", "null", "list", "no-base64", "empty", "text", "object"],
)
async def test_nonsense_of_the_service_is_a_failure(devices: tuple[Path, Path], body: bytes) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    signing = signer(devices[1], esia_signer="remote", esia_signer_url=f"http://127.0.0.1:{server.server_address[1]}/")
    with pytest.raises(SigningFailed):
        await signing.sign(CONTENT, Form.RAW)
    thread.join(5)
    server.server_close()


def test_remote_signer_without_an_address_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="esia_signer_url"):
        IdentitySettings(esia_signer="remote")


def test_key_of_another_kind_than_the_certificate_never_signs(tmp_path: Path) -> None:
    write_pair(tmp_path, ed25519.Ed25519PrivateKey.generate())
    write_pair(tmp_path, new_key(), stem="other")
    (tmp_path / "esia-client.key").write_bytes((tmp_path / "other.key").read_bytes())
    with pytest.raises(SystemExit):
        signer(tmp_path)
