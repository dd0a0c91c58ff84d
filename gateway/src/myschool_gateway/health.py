"""Liveness and readiness of the process; the state of the whole for everybody."""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from myschool_gateway.parts import parts_of
from myschool_gateway.routing import Route, named
from myschool_gateway.schemas.status import Status
from myschool_gateway.status import KEPT_S
from myschool_gateway.valkey import LOST

router = APIRouter(include_in_schema=False)
board = APIRouter(tags=["status"], route_class=Route, generate_unique_id_function=named)


@router.get("/health/live")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    """The session store answers; without it no request can be served. Services that are away cost only their own routes."""
    parts = parts_of(request)
    if parts.load.leaving:
        return JSONResponse({"status": "about to stop"}, 503)
    try:
        await parts.redis.ping()
    except LOST:
        return JSONResponse({"status": "no session store"}, 503)
    return JSONResponse({"status": "ok"})


@board.get("/status.json", response_model=Status, openapi_extra={"security": []})
async def get_status(request: Request) -> Response:
    """What works, what does not and since when. Needs no session; the same for everybody, so that caches in between may keep it."""
    body = orjson.dumps(await parts_of(request).board.document())
    return Response(body, headers={"Cache-Control": f"public, max-age={KEPT_S:.0f}"}, media_type="application/json")
