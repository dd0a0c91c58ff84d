"""Composition root of the esia-bridge process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from redis.asyncio import Redis

from myschool_identity.bridge.assertion import ClientAuthenticator, RealmKeys
from myschool_identity.bridge.errors import UNAVAILABLE
from myschool_identity.bridge.esia import EsiaClient, EsiaSystem
from myschool_identity.bridge.provider import Issuer
from myschool_identity.bridge.routes import Addresses, BridgeRoutes
from myschool_identity.bridge.signer import RsaPkcs7Signer
from myschool_identity.bridge.state import BridgeState
from myschool_identity.profile.model import EsiaProfile
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.settings import IdentitySettings
from myschool_kit import telemetry
from myschool_kit.crypto import FieldCipher, LookupHash
from myschool_kit.db import Database

_log = telemetry.logger(__name__)
_ESIA_TIMEOUT_S = 10.0


def create_app(settings: IdentitySettings, database_url: str | None = None) -> FastAPI:
    """The application; connections open with its lifespan. `database_url` replaces identity's own (tests)."""
    database = Database(database_url or settings.database_url("identity"), pool_size=settings.pool_size)
    redis: Redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=2)
    http = httpx.AsyncClient(timeout=_ESIA_TIMEOUT_S)
    state = BridgeState(redis)
    profiles = ProfileRepository(FieldCipher(settings.key("field.key")), LookupHash(settings.key("lookup.key")))

    async def save(profile: EsiaProfile) -> None:
        await profiles.save(database.reads, profile)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await database.open()
            stack.push_async_callback(database.close)
            stack.push_async_callback(redis.aclose)
            stack.push_async_callback(http.aclose)
            yield

    app = FastAPI(title="esia-bridge", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    issuer = Issuer(settings.bridge_url, settings.bridge_client_id, settings.key("bridge.key"), settings.key("bridge-next.key"))
    realm_keys = RealmKeys(f"{settings.realm_url}/protocol/openid-connect/certs", http)
    audiences = frozenset({settings.bridge_url, f"{settings.bridge_url}/token"})
    routes = BridgeRoutes(
        addresses=Addresses(settings.bridge_client_id, settings.broker_url, settings.gateway_url),
        esia=EsiaClient(_system(settings), _signer(settings), http),
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
        public_key_pem=settings.key("esia.pub"),
    )


def _signer(settings: IdentitySettings) -> RsaPkcs7Signer:
    return RsaPkcs7Signer(settings.key("esia-client.key"), settings.key("esia-client.crt"))


def run() -> None:
    """Serves on the port of MYSCHOOL_BRIDGE_URL until SIGTERM."""
    settings = IdentitySettings()
    telemetry.configure("esia-bridge", settings.log_level)
    uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.bridge_port, access_log=False, log_config=None)
