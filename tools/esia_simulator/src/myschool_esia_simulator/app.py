"""Composition root of the simulator."""

import time
from importlib import resources

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from myschool_esia_simulator.client import CertificateFiles, Client
from myschool_esia_simulator.dialect import DialectV1, DialectV2
from myschool_esia_simulator.faults import Faults, Weather
from myschool_esia_simulator.keyring import KeyRing
from myschool_esia_simulator.oauth import OauthRoutes
from myschool_esia_simulator.pages import PageRoutes, Pages, SignIn
from myschool_esia_simulator.people import People
from myschool_esia_simulator.protocol import Protocol, Strictness
from myschool_esia_simulator.resources import Directory, RestRoutes
from myschool_esia_simulator.scopes import TITLES
from myschool_esia_simulator.settings import Settings
from myschool_esia_simulator.stand.api import StandApi
from myschool_esia_simulator.stand.pages import StandPages
from myschool_esia_simulator.store import Clock, Store
from myschool_esia_simulator.tokens import Tokens


def create_app(settings: Settings, clock: Clock = time.time) -> FastAPI:
    """Builds the application; reads the key of the simulator and the certificates of its only client."""
    people = People.load(settings.esia_people)
    keys = KeyRing((settings.keys_dir / "esia.key").read_bytes(), gost=settings.esia_signs_by == "gost")
    faults = Faults(clock)
    client = Client(
        mnemonic=settings.esia_client_id,
        certificates=CertificateFiles(settings.keys_dir),
        redirect_uris=frozenset({f"{settings.bridge_url}/callback"}),
        logout_prefixes=(f"{settings.bridge_url}/", f"{settings.gateway_url}/"),
        scopes=frozenset(TITLES),
        pkce_required=settings.esia_pkce_required,
    )
    clients = {client.mnemonic: client}
    store = Store(faults.now, settings.esia_code_seconds)
    tokens = Tokens(keys, settings.esia_issuer, faults)
    allowed = frozenset(settings.esia_verifiers.split())
    strict = Strictness(settings.esia_clock_skew_seconds, settings.esia_uuid_state)
    v1, v2 = (Protocol(clients, dialect, store, faults.now, strict) for dialect in (DialectV1(allowed), DialectV2(allowed)))
    pages = Pages(stand=settings.esia_stand)
    sign_in = SignIn(store, people, faults, confirmed_only=settings.esia_confirmed_only)
    oauth = OauthRoutes(v1=v1, v2=v2, store=store, tokens=tokens, people=people, clients=clients, pages=pages, faults=faults, keys=keys)

    app = FastAPI(title="ESIA simulator", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Weather, faults=faults)
    app.mount("/static", StaticFiles(directory=str(resources.files(__package__).joinpath("static"))))
    app.include_router(oauth.router())
    app.include_router(PageRoutes(pages, sign_in).router())
    app.include_router(RestRoutes(people, Directory(people, settings.esia_url), tokens, faults).router())
    if settings.esia_stand:
        app.include_router(StandApi(faults, people, keys).router())
        app.include_router(StandPages(pages, faults, people, keys).router())

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app
