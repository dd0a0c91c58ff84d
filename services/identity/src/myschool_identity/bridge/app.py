"""Composition root of the esia-bridge process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from myschool_cluster import process
from myschool_cluster.asgi import KEEP_ALIVE_S, Observed
from myschool_identity.bridge.assertion import ClientAuthenticator, RealmKeys
from myschool_identity.bridge.dialect import DIALECTS
from myschool_identity.bridge.errors import UNAVAILABLE
from myschool_identity.bridge.esia import EsiaClient, EsiaSystem
from myschool_identity.bridge.esia_keys import EsiaKeys
from myschool_identity.bridge.provider import Issuer
from myschool_identity.bridge.routes import Addresses, BridgeRoutes
from myschool_identity.bridge.signing.choice import signer_of
from myschool_identity.bridge.state import BridgeState
from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.settings import IdentitySettings
from myschool_kit import telemetry
from myschool_kit.db import Database
from myschool_kit.hints import open_redis
from myschool_kit.settings import load
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash

_log = telemetry.logger(__name__)
_ESIA_TIMEOUT_S = 10.0
# Below what servers commonly keep an idle connection, so that theirs is never used at the moment they close it.
_IDLE_S = 2.0


def create_app(settings: IdentitySettings, database_url: str | None = None) -> FastAPI:
    """The application; connections open with its lifespan. `database_url` replaces identity's own (tests)."""
    database = Database(database_url or settings.database_url("identity"), pool_size=settings.pool_size)
    redis = open_redis(settings.redis_url.get_secret_value())
    http = httpx.AsyncClient(timeout=_ESIA_TIMEOUT_S, limits=httpx.Limits(keepalive_expiry=_IDLE_S))
    state = BridgeState(redis)
    profiles = ProfileRepository(EnvelopeCipher(settings.key("field.key")), LookupHash(settings.key("lookup.key")))

    async def save(profile: EsiaProfile) -> None:
        await profiles.save(database.reads, profile)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(process.shown(settings, "bridge"))
            await database.open(settings.start_patience_seconds)
            stack.push_async_callback(database.close)
            stack.push_async_callback(redis.aclose)
            stack.push_async_callback(http.aclose)
            yield

    app = FastAPI(title="esia-bridge", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    if settings.metrics_address or settings.otlp_endpoint:
        app.add_middleware(Observed, service="bridge")
    issuer = Issuer(settings.bridge_url, settings.bridge_client_id, settings.key("bridge.key"), settings.key("bridge-next.key"))
    realm_keys = RealmKeys(f"{settings.realm_url}/protocol/openid-connect/certs", http)
    audiences = frozenset({settings.bridge_url, f"{settings.bridge_url}/token"})
    routes = BridgeRoutes(
        addresses=Addresses(settings.bridge_client_id, settings.broker_url, settings.gateway_url),
        esia=EsiaClient(_system(settings), DIALECTS[settings.esia_dialect], signer_of(settings, http), _esia_keys(settings, http), http),
        state=state,
        issuer=issuer,
        clients=ClientAuthenticator(settings.bridge_client_id, audiences, realm_keys, state),
        save=save,
    )
    app.include_router(routes.router())

    @app.get("/health/ready", response_model=None)
    async def ready() -> Response:
        await redis.ping()
        await database.reads.fetchval("SELECT 1")
        return JSONResponse({"status": "ready"})

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> Response:
        # A person must not end on a bare «Internal Server Error» in the middle of signing in.
        _log.error("unexpected failure", exc_info=error)
        return Response(status_code=303, headers={"Location": f"{settings.gateway_url}/signin/problem?code={UNAVAILABLE}"})

    return app


def _system(settings: IdentitySettings) -> EsiaSystem:
    return EsiaSystem(
        url=settings.esia_url,
        issuer=settings.esia_issuer,
        mnemonic=settings.esia_client_id,
        scope=settings.esia_scope,
        redirect_uri=f"{settings.bridge_url}/callback",
        scope_org=settings.esia_scope_org,
    )


def _esia_keys(settings: IdentitySettings, http: httpx.AsyncClient) -> EsiaKeys:
    settings.key("esia.pub")  # ends the start with a sentence when it is missing
    return EsiaKeys(settings.keys_dir / "esia.pub", settings.esia_keys_url, http)


def run() -> None:
    """Serves at MYSCHOOL_BRIDGE_LISTEN, or on the port of MYSCHOOL_BRIDGE_URL, until SIGTERM."""
    settings = load(IdentitySettings)
    telemetry.configure("esia-bridge", settings.log_level)
    host, port = settings.bridge_socket
    uvicorn.run(create_app(settings), host=host, port=port, access_log=False, log_config=None, timeout_keep_alive=KEEP_ALIVE_S)
