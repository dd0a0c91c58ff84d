"""Every failure as an RFC 9457 problem document: one table from error kinds to HTTP (house-style §2.7)."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from myschool_gateway.errors import DOMAIN, BodyTooLarge, HeadTooLarge, MediaTypeUnsupported, MethodNotAllowed, RouteNotFound
from myschool_gateway.schemas.common import Problem
from myschool_kit.errors import DomainError, Invalid, RemoteError, Violation, kind_of
from myschool_kit.status import HTTP

MEDIA_TYPE = "application/problem+json"
_DOCS = "/problems"
_TITLES: dict[int, str] = {
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict with the present state",
    413: "The body is too large",
    415: "The body is of another kind",
    422: "The request has bad fields",
    429: "Too many requests",
    431: "Address or headers are too long",
    500: "Internal error",
    503: "A part does not answer",
    504: "The time for the call was used up",
}
# Where HTTP has a finer word than the error's kind.
_STATUSES: dict[type[DomainError], int] = {BodyTooLarge: 413, HeadTooLarge: 431, MediaTypeUnsupported: 415, MethodNotAllowed: 405}
_RETRY_AFTER_S = {429: "1", 503: "2"}
_SHOWN_ERRORS = 50


def status_of(error: DomainError) -> int:
    """The HTTP status of an error."""
    return _STATUSES.get(type(error)) or HTTP[kind_of(error)]


def code_of(error: DomainError) -> str:
    """`journal.MARK_CHANGED`: the service and its stable reason."""
    service = error.domain.partition(".")[0] if isinstance(error, RemoteError) else DOMAIN
    return f"{service or DOMAIN}.{error.reason}"


def document(error: DomainError, instance: str) -> dict[str, Any]:
    """The body of the problem. An internal error tells nothing but its number."""
    status = status_of(error)
    code = code_of(error)
    told = status != 500
    service, _, reason = code.partition(".")
    return {
        "type": f"{_DOCS}/{service}/{reason.lower().replace('_', '-')}",
        "title": _TITLES[status],
        "status": status,
        "detail": error.detail if told else "",
        "instance": instance,
        "code": code,
        "params": error.params if told else {},
        "errors": [{"field": item.field, "message": item.message} for item in error.violations[:_SHOWN_ERRORS]],
    }


def response(error: DomainError, instance: str) -> Response:
    """The problem as a response."""
    body = document(error, instance)
    status: int = body["status"]
    headers = {"Cache-Control": "no-store"}
    if status in _RETRY_AFTER_S:
        headers["Retry-After"] = error.params.get("retry_after_s", _RETRY_AFTER_S[status])
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def of_validation(error: RequestValidationError) -> Invalid:
    """What FastAPI found wrong, by field path; the values themselves are never echoed."""
    return Invalid("the request has bad fields", violations=violations_of(error.errors()))


def violations_of(found: Sequence[Any]) -> list[Violation]:
    """Pydantic's findings as violations."""
    return [Violation(".".join(str(part) for part in item["loc"]), str(item["msg"])) for item in found[:_SHOWN_ERRORS]]


def of_http(error: HTTPException) -> DomainError:
    """Starlette's own refusals: unknown route, wrong method, unreadable body."""
    if error.status_code == 404:
        return RouteNotFound("there is no such route")
    if error.status_code == 405:
        return MethodNotAllowed("the route does not take this method")
    if error.status_code == 413:
        return BodyTooLarge("the body is too large")
    if 400 <= error.status_code < 500:
        return Invalid("the request cannot be read", reason="UNREADABLE")
    return DomainError("internal error")


def _documented(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


READ_PROBLEMS: dict[int | str, dict[str, Any]] = {
    304: {"description": "Unchanged since the entity tag in If-None-Match"},
    **{code: _documented(_TITLES[code]) for code in (401, 403, 404, 422, 429, 503, 504)},
}
WRITE_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: _documented(_TITLES[code]) for code in (401, 403, 404, 409, 413, 415, 422, 429, 503, 504)
}
PROBLEM_SCHEMA: dict[str, Any] = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
