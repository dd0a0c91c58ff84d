"""Composition root of the simulator."""

import time
from importlib import resources

from cryptography import x509
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from joserfc.jwk import RSAKey

from myschool_esia_simulator.dialect import Client, DialectV1
from myschool_esia_simulator.oauth import OauthRoutes
from myschool_esia_simulator.pages import PageRoutes, Pages, SignIn
from myschool_esia_simulator.people import People
from myschool_esia_simulator.protocol import Protocol
from myschool_esia_simulator.resources import Directory, RestRoutes
from myschool_esia_simulator.scopes import TITLES
from myschool_esia_simulator.settings import Settings
from myschool_esia_simulator.store import Clock, Store
from myschool_esia_simulator.tokens import Tokens


def create_app(settings: Settings, clock: Clock = time.time) -> FastAPI:
    """Builds the application; reads the key of the simulator and the certificate of its only client."""
    people = People.load(settings.esia_people)
    key = RSAKey.import_key((settings.keys_dir / "esia.key").read_bytes())
    client = Client(
        mnemonic=settings.esia_client_id,
        certificate=x509.load_pem_x509_certificate((settings.keys_dir / "esia-client.crt").read_bytes()),
        redirect_uris=frozenset({f"{settings.bridge_url}/callback"}),
        logout_prefixes=(f"{settings.bridge_url}/", f"{settings.gateway_url}/"),
        scopes=frozenset(TITLES),
    )
    clients = {client.mnemonic: client}
    store = Store(clock, settings.esia_code_seconds)
    tokens = Tokens(key, settings.esia_issuer, clock)
    protocol = Protocol(clients, DialectV1(), store, clock, settings.esia_clock_skew_seconds)
    pages = Pages()
    sign_in = SignIn(store, people, clock, confirmed_only=settings.esia_confirmed_only)

    app = FastAPI(title="ESIA simulator", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=str(resources.files(__package__).joinpath("static"))))
    app.include_router(OauthRoutes(protocol=protocol, store=store, tokens=tokens, people=people, clients=clients, pages=pages).router())
    app.include_router(PageRoutes(pages, sign_in).router())
    app.include_router(RestRoutes(people, Directory(people, settings.esia_url), tokens).router())

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app
