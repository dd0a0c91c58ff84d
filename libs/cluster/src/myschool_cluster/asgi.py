"""One span and one duration per HTTP request, under the template of its route: for the processes that speak HTTP."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from myschool_cluster import metrics, traces

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Seconds for which servers keep an idle connection: longer than their clients (Keycloak, a balancer) do, because a request that
# comes on a connection at the moment it is closed is lost, and no client repeats a POST.
KEEP_ALIVE_S: Final = 75
_TRACEPARENT: Final = "myschool.traceparent"
# By what a client may call itself; anything else would let it make labels.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Pure ASGI middleware, outermost. The trace begins here: a traceparent that a browser sends is not believed."""

    def __init__(self, app: Application, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Observes HTTP; other kinds of connection pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 499
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        span = traces.begin("SERVER", method)
        scope[_TRACEPARENT] = span.traceparent

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            status = 500
            raise
        finally:
            route = template(scope)
            metrics.observe(metrics.HTTP, time.perf_counter() - started, self._service, method, route, str(status), trace=span.recorded)
            outcome = "INTERNAL" if status >= 500 else "OK"
            span.end(outcome, f"{method} {route}", http__route=route, http__request__method=method, http__response__status_code=status)


def traceparent(scope: Scope) -> str:
    """The trace of the request: the observed one, else a new one that nobody records."""
    return str(scope.get(_TRACEPARENT) or traces.continued(""))


def template(scope: Scope) -> str:
    """The path as the route is written, with its placeholders; «page» for what no route takes."""
    route = scope.get("route")
    return str(getattr(route, "path", "")) or ("unmatched" if scope["path"].startswith("/api/") else "page")
