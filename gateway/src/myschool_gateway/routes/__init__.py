"""REST routes under /api/v1, one module per domain."""

from fastapi import APIRouter

from myschool_gateway.routes import journal, library, messages, people, school, statistics

PREFIX = "/api/v1"


def api() -> APIRouter:
    """Every route of the public API."""
    root = APIRouter(prefix=PREFIX)
    for module in (journal, people, messages, library, statistics, school):
        for router in module.routers:
            root.include_router(router)
    return root
