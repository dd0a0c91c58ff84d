"""Liveness and readiness of the process."""

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import JSONResponse, Response

from myschool_gateway.parts import parts_of

router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live")
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """The session store answers; without it no request can be served. Services that are away cost only their own routes."""
    try:
        await parts_of(request).redis.ping()
    except (RedisError, OSError):
        return JSONResponse({"status": "no session store"}, 503)
    return JSONResponse({"status": "ok"})
