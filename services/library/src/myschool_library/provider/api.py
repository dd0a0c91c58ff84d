"""The HTTP API for content providers: routes only; what they do stands in the services."""

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from myschool_cluster.asgi import traceparent
from myschool_kit.clock import epoch_ms
from myschool_kit.db import Database
from myschool_kit.telemetry import logger
from myschool_library.item.rules import Judged, ProviderItem
from myschool_library.item.service import Catalogue
from myschool_library.provider import problems, service
from myschool_library.provider.body import read_json
from myschool_library.provider.problems import Problem
from myschool_library.provider.schema import MOST_ITEMS, OwnItemCard, OwnItems, ProviderItemIn, UploadResult
from myschool_library.provider.tokens import TokenVerifier

_log = logger(__name__)
_ITEMS = {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": ProviderItemIn.model_json_schema()}
_UPLOAD = {"type": "object", "required": ["items"], "properties": {"items": _ITEMS}}
_UPLOAD_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _UPLOAD}}}}


def build(database: Database, catalogue: Catalogue, verifier: TokenVerifier) -> FastAPI:
    """The API as an ASGI application."""
    api = FastAPI(
        title="myschool library: provider API",
        version="1",
        summary="How a content provider sends items and learns what experts said; a walk through it is docs/providers.md.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/provider/v1/openapi.json",
    )
    api.openapi = lambda: _openapi(api)  # type: ignore[method-assign]
    problems.install(api)

    @api.exception_handler(RequestValidationError)
    async def on_bad_query(request: Request, error: RequestValidationError) -> Response:
        fields = ", ".join(str(entry["loc"][-1]) for entry in error.errors())
        return problems.render(Problem(422, "INVALID", f"Недопустимые параметры: {fields}."), request)

    @api.post(
        "/provider/v1/items",
        openapi_extra=_UPLOAD_BODY,
        responses={200: {"model": UploadResult}, **problems.documented(400, 401, 403, 408, 409, 413, 415, 422, 503)},
    )
    async def upload(request: Request) -> Response:
        """Takes in up to 500 items; each gets its own verdict."""
        provider = await verifier.provider(request.headers.get("authorization", ""))
        items = _items_of(await read_json(request))
        checked = await asyncio.to_thread(service.check_all, items)
        async with database.begin(traceparent(request.scope)) as uow:
            results = await service.take_in(catalogue, uow, provider, checked)
        refused = sum(result.status == "INVALID" for result in results)
        _log.info("upload", provider=provider.id, items=len(results), refused=refused)
        return _json({"results": [result.model_dump() for result in results]})

    @api.get("/provider/v1/items", responses={200: {"model": OwnItems}, **problems.documented(401, 403, 422, 503)})
    async def list_items(
        request: Request,
        status: Literal["", "SUBMITTED", "APPROVED", "REJECTED"] = "",
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        page_token: Annotated[str, Query(max_length=1_000)] = "",
    ) -> Response:
        """The provider's own items by external id."""
        provider = await verifier.provider(request.headers.get("authorization", ""))
        page, token = await catalogue.list_own(provider.id, status, page_size, page_token)
        return _json({"items": [_own(item) for item in page], "next_page_token": token})

    @api.get(
        "/provider/v1/items/{external_id:path}", responses={200: {"model": OwnItemCard}, **problems.documented(401, 403, 404, 422, 503)}
    )
    async def get_item(request: Request, external_id: str) -> Response:
        """One of the provider's own items with every verdict it got."""
        provider = await verifier.provider(request.headers.get("authorization", ""))
        if "\x00" in external_id:
            raise Problem(404, "ITEM_NOT_FOUND", "Такой единицы контента у вас нет.")
        item, verdicts = await catalogue.one_own(provider.id, external_id)
        return _json(_own(item) | {"verdicts": [_verdict(verdict) for verdict in verdicts]})

    _add_health(api, database)
    return api


def _openapi(api: FastAPI) -> dict[str, Any]:
    """The document with the token it needs, and problem documents instead of FastAPI's own."""
    if api.openapi_schema is None:
        schema = FastAPI.openapi(api)
        schema["security"] = [{"machine_token": []}]
        schema["components"]["securitySchemes"] = {"machine_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
    return api.openapi_schema or {}


def _add_health(api: FastAPI, database: Database) -> None:
    @api.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        return _json({"status": "ok"})

    @api.get("/health/ready", include_in_schema=False)
    async def ready() -> Response:
        await database.reads.fetchval("SELECT 1")
        return _json({"status": "ok"})


def _items_of(body: Any) -> list[Any]:
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise Problem(422, "ITEMS_MISSING", 'Нужен объект {"items": […]} хотя бы с одной единицей контента.')
    if len(items) > MOST_ITEMS:
        raise Problem(422, "TOO_MANY_ITEMS", f"В одном запросе не больше {MOST_ITEMS} единиц, пришло {len(items)}.")
    return items


def _own(item: ProviderItem) -> dict[str, Any]:
    return {
        "external_id": item.external_id,
        "item_id": str(item.item_id),
        "title": item.title,
        "status": item.status,
        "version": item.version,
        "published": item.is_published,
        "verdict_comment": item.comment,
        "submitted_at_ms": epoch_ms(item.submitted_at),
    }


def _verdict(verdict: Judged) -> dict[str, Any]:
    return {
        "content_number": verdict.number,
        "approved": verdict.approved,
        "comment": verdict.comment,
        "decided_at_ms": epoch_ms(verdict.at),
    }


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
