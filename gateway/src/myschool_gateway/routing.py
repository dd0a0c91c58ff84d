"""How routers of the public API are made, and how they come to the application: as one flat list.

FastAPI keeps an included router as a node and matches a path again at each level of nesting; for the last of some fifty
routes that cost as much as answering. A flat list is matched once, and a route passes a path of another beginning by.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from myschool_gateway.caller import Caller
from myschool_gateway.problems import READ_PROBLEMS, WRITE_PROBLEMS

PREFIX = "/api/v1"


class Route(APIRoute):
    """A route that looks at a path closely only when its fixed beginning fits."""

    def __init__(self, path: str, *arguments: Any, **options: Any) -> None:
        super().__init__(path, *arguments, **options)
        self._beginning = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As FastAPI matches, after one cheap look."""
        if not scope["path"].startswith(self._beginning):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a caller for the plain request."""
        handle = super().get_route_handler()

        async def with_caller(request: Request) -> Response:
            return await handle(Caller(request.scope, request.receive))

        return with_caller


def named(route: APIRoute) -> str:
    """The operation id: the function's name, unique over the whole API."""
    return route.name


def reads(tag: str, prefix: str = "") -> APIRouter:
    """A router of reads under /api/v1."""
    return APIRouter(prefix=PREFIX + prefix, tags=[tag], responses=READ_PROBLEMS, route_class=Route, generate_unique_id_function=named)


def writes(tag: str, prefix: str = "") -> APIRouter:
    """A router of writes under /api/v1."""
    return APIRouter(prefix=PREFIX + prefix, tags=[tag], responses=WRITE_PROBLEMS, route_class=Route, generate_unique_id_function=named)


def add(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Adds all routes of the routers, in order."""
    app.router.routes.extend(route for router in routers for route in router.routes)
