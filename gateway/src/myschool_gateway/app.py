"""Composition root of the gateway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from myschool_cluster import metrics, process
from myschool_cluster.asgi import Observed
from myschool_gateway import edge, health, problems, routing, status
from myschool_gateway.auth import child
from myschool_gateway.auth import routes as auth
from myschool_gateway.auth.gate import Gate
from myschool_gateway.auth.keycloak import Keycloak
from myschool_gateway.auth.transaction import Transactions
from myschool_gateway.cabinet import Cabinet
from myschool_gateway.clients import open_services
from myschool_gateway.load import Load
from myschool_gateway.parts import Parts
from myschool_gateway.privacy.exports import Exports
from myschool_gateway.routes import api
from myschool_gateway.session.announced import Announced
from myschool_gateway.session.bearers import Bearers
from myschool_gateway.session.checks import Checks
from myschool_gateway.session.endings import Endings
from myschool_gateway.session.machines import Machines
from myschool_gateway.session.principals import Principals
from myschool_gateway.session.store import Limits, SessionStore
from myschool_gateway.settings import GatewaySettings
from myschool_gateway.static import Page
from myschool_gateway.status import Board
from myschool_gateway.stream.hub import Hub
from myschool_gateway.stream.route import router as stream
from myschool_kit.crypto import FieldCipher
from myschool_kit.errors import DomainError
from myschool_kit.hints import open_redis
from myschool_kit.principal import PrincipalSigner

_KEYCLOAK_S = 5.0


def build(settings: GatewaySettings) -> FastAPI:
    """The application. Nothing is opened before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(process.shown(settings, "gateway"))
            app.state.parts = await _open(settings, stack)
            yield

    app = FastAPI(
        title="Моя школа",
        version="1",
        summary="REST API of the page. Sessions by cookie only; every unsafe call needs the header X-MySchool-CSRF: 1.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(edge.Edge)
    if settings.metrics_address or settings.otlp_endpoint:
        app.add_middleware(Observed, service="gateway")
    app.add_exception_handler(DomainError, edge.on_domain_error)
    app.add_exception_handler(RequestValidationError, edge.on_validation_error)
    app.add_exception_handler(HTTPException, edge.on_http_error)
    routing.add(app, [*api(), stream, auth.router, child.router, health.router, health.board])
    app.router.default = Page(settings.web_dist, settings.origin)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _open(settings: GatewaySettings, stack: AsyncExitStack) -> Parts:
    redis = open_redis(settings.redis_url.get_secret_value(), max_connections=100)
    stack.push_async_callback(redis.aclose)
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=_KEYCLOAK_S, follow_redirects=False))
    services = await open_services(settings, stack)
    principals = Principals(PrincipalSigner(settings.key("principal.key")))
    cipher, limits = FieldCipher(settings.key("cookie.key")), _limits(settings)
    sessions = SessionStore(redis, cipher, limits)
    realm_url = f"{settings.keycloak_url.rstrip('/')}/realms/{settings.keycloak_realm}"
    keycloak = Keycloak(http, realm_url, settings.keycloak_client, settings.key("gateway-client.key"))
    cabinet = Cabinet(services, principals)
    checks = Checks(sessions, cabinet, keycloak)
    stack.push_async_callback(checks.finish)
    endings = Endings(redis, cipher, keycloak, sessions, limits.absolute_ms)
    stack.callback(asyncio.create_task(endings.run()).cancel)
    exports = Exports(redis, cipher, services, principals)
    stack.push_async_callback(exports.finish)
    gate = Gate(redis, settings.auth_per_second, settings.auth_burst)
    machines = Machines(keycloak, gate, Gate(redis, settings.machine_per_second, settings.machine_burst))
    load = Load(settings.overload_calls, settings.overload_lag_seconds)
    stack.callback(asyncio.create_task(load.watch()).cancel)
    hub = Hub(redis)
    await stack.enter_async_context(hub)
    bearers = Bearers(redis, cabinet, settings.key("cookie.key"), gate, Gate(redis, settings.token_per_second, settings.token_burst))
    await stack.enter_async_context(Announced(hub, endings, bearers))
    metrics.watch(metrics.PAGES, lambda: sum(hub.pages.values()), "gateway")
    board = Board({**status.of_services(services), "sessions": redis.ping, "sign-in": keycloak.answers})
    metrics.sample(board.look)
    return Parts(
        settings=settings,
        redis=redis,
        services=services,
        sessions=sessions,
        principals=principals,
        cabinet=cabinet,
        checks=checks,
        keycloak=keycloak,
        endings=endings,
        exports=exports,
        transactions=Transactions(redis),
        gate=gate,
        bearers=bearers,
        machines=machines,
        hub=hub,
        load=load,
        board=board,
    )


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        idle_ms=int(settings.session_idle_minutes * 60_000),
        absolute_ms=int(settings.session_absolute_hours * 3_600_000),
        check_every_ms=int(settings.session_check_seconds * 1000),
        per_second=settings.rate_per_second,
        burst=settings.rate_burst,
        administrator_idle_ms=int(settings.administrator_idle_minutes * 60_000),
        administrator_absolute_ms=int(settings.administrator_absolute_hours * 3_600_000),
        child_idle_ms=int(settings.child_idle_minutes * 60_000),
        child_absolute_ms=int(settings.child_absolute_hours * 3_600_000),
    )


def _openapi(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 with the problem document and the session cookie."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        components = schema.setdefault("components", {})
        shapes = components.setdefault("schemas", {})
        problem = dict(problems.PROBLEM_SCHEMA)
        shapes.update(problem.pop("$defs", {}))
        shapes["Problem"] = problem
        components["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": "__Host-myschool"}}
        schema["security"] = [{"session": []}]
    return app.openapi_schema or {}
