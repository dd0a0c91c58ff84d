"""For tests: a simulator in its own thread over real HTTP, and a client written from the protocol reference alone."""

# ruff: noqa: D102, D103, S101, S107  (helpers of tests, named for what they do; the demo password is no secret)

import base64
import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from myschool_esia_simulator.app import create_app
from myschool_esia_simulator.settings import Settings
from myschool_esia_simulator.testing_keys import new_key, pem, self_signed, write_pair

__all__ = ["EsiaClient", "Running", "answer", "new_key", "pem", "refusal", "self_signed", "serve", "start", "write_keys"]

SCOPE = "openid fullname birthdate gender snils email mobile usr_org kid_fullname kid_birthdate kid_gender kid_snils"
BRIDGE = "http://localhost:8020"


@dataclass
class Running:
    """Address of the simulator and its clock, which a test may move (seconds); `key` is None for a client without an RSA key."""

    url: str
    keys_dir: Path
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | None
    esia_public: bytes
    ahead: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@contextlib.contextmanager
def serve(app: Any, listener: socket.socket) -> Iterator[None]:
    """Runs `app` on `listener` in a thread until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(5)


def write_keys(folder: Path) -> None:
    """The key of the simulator, and key and certificate of its client."""
    (folder / "esia.key").write_bytes(pem(new_key()))
    write_pair(folder, new_key())


@contextlib.contextmanager
def start(keys_dir: Path, **options: Any) -> Iterator[Running]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listener.getsockname()[1]}"
    path = keys_dir / "esia-client.key"
    key = serialization.load_pem_private_key(path.read_bytes(), None) if path.exists() else None
    esia = serialization.load_pem_private_key((keys_dir / "esia.key").read_bytes(), None)
    running = Running(
        url=url,
        keys_dir=keys_dir,
        certificate=x509.load_pem_x509_certificate((keys_dir / "esia-client.crt").read_bytes()),
        key=key if isinstance(key, rsa.RSAPrivateKey) else None,
        esia_public=esia.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    )
    settings = Settings(**{"esia_url": url, "bridge_url": BRIDGE, "keys_dir": keys_dir, "esia_people": None, **options})
    with serve(create_app(settings, running.now), listener):
        yield running


@dataclass
class EsiaClient:
    """What any system does to sign a person in, v1 dialect."""

    running: Running
    browser: httpx.Client = field(default_factory=httpx.Client)
    key: rsa.RSAPrivateKey | None = None
    certificate: x509.Certificate | None = None

    def timestamp(self, ahead: float = 0) -> str:
        moment = datetime.fromtimestamp(self.running.now() + ahead, UTC) + timedelta(hours=3)
        return moment.strftime("%Y.%m.%d %H:%M:%S +0300")

    def secret(self, scope: str, timestamp: str, client_id: str, state: str, *options: pkcs7.PKCS7Options) -> str:
        text = (scope + timestamp + client_id + state).encode()
        key = self.key or self.running.key
        assert key is not None
        flags = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, *options]
        der = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(text)
            .add_signer(self.certificate or self.running.certificate, key, hashes.SHA256())
            .sign(serialization.Encoding.DER, flags)
        )
        return base64.urlsafe_b64encode(der).decode()

    def signed(self, **changes: str) -> dict[str, str]:
        """The signed part; `changes` with the prefix `after_` are applied behind the signature's back."""
        params = {"client_id": "MYSCHOOL", "scope": SCOPE, "timestamp": self.timestamp(), "state": str(uuid.uuid4())} | {
            name: value for name, value in changes.items() if not name.startswith("after_")
        }
        params["client_secret"] = self.secret(
            params["scope"], params["timestamp"], params["client_id"], params["state"], pkcs7.PKCS7Options.NoAttributes
        )
        return params | {name[6:]: value for name, value in changes.items() if name.startswith("after_")}

    def authorization(self, **changes: str) -> dict[str, str]:
        return self.signed(**{"redirect_uri": f"{BRIDGE}/callback", "response_type": "code", "access_type": "online"} | changes)

    def authorize(self, **changes: str) -> httpx.Response:
        return self.browser.get(f"{self.running.url}/aas/oauth2/ac", params=self.authorization(**changes))

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Follows redirects inside the simulator, not the one back to the system."""
        while response.is_redirect:
            address = httpx.URL(response.url).join(response.headers["location"])
            if not str(address).startswith(self.running.url):
                break
            response = self.browser.get(address)
        return response

    def submit(self, page: httpx.Response, **form: str) -> httpx.Response:
        return self.follow(self.browser.post(page.url, data=form))

    def sign_in(self, login: str = "+7(900)0000001", password: str = "demo", **changes: str) -> httpx.Response:
        """Through all pages up to the redirect back to the system."""
        page = self.follow(self.authorize(**changes))
        page = self.submit(page, login=login, password=password)
        return self.submit(page, decision="grant") if page.status_code == 200 else page

    def code(self, login: str = "+7(900)0000001", **changes: str) -> str:
        return answer(self.sign_in(login, **changes))["code"]

    def token(self, code: str, **changes: str) -> httpx.Response:
        form = self.signed(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": f"{BRIDGE}/callback", "token_type": "Bearer"} | changes
        )
        return httpx.post(f"{self.running.url}/aas/oauth2/te", data=form)

    def rest(self, path: str, token: str) -> httpx.Response:
        return httpx.get(f"{self.running.url}/rs/prns/{path}", headers={"Authorization": f"Bearer {token}"})


def answer(response: httpx.Response) -> dict[str, str]:
    """Query of the redirect back to the system."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def refusal(response: httpx.Response) -> str:
    """Six digits of the ESIA code in a redirect or in a token answer."""
    text = answer(response)["error_description"] if response.is_redirect else response.json()["error_description"]
    return str(text)[5:11]
