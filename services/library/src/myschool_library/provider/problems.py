"""Failures as problem documents (RFC 9457), with Russian details and stable codes."""

from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Route

from myschool_kit.errors import DomainError, kind_of
from myschool_kit.status import HTTP
from myschool_kit.telemetry import logger

_log = logger(__name__)
_MEDIA_TYPE = "application/problem+json"
_DETAILS = {
    "ITEM_NOT_FOUND": "Такой единицы контента у вас нет.",
    "PAGE_TOKEN_INVALID": "Ключ страницы не от этого списка: начните с первой страницы.",
}


class ProblemDocument(BaseModel):
    """RFC 9457; `detail` is Russian and may change, `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its OpenAPI document."""
    schema = ProblemDocument.model_json_schema()
    return {status: {"description": HTTPStatus(status).phrase, "content": {_MEDIA_TYPE: {"schema": schema}}} for status in statuses}


class Problem(Exception):
    """A refusal that knows its own HTTP status."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def render(problem: Problem, request: Request) -> Response:
    """The problem as a response."""
    document = {
        "type": f"/problems/library/{problem.code.lower().replace('_', '-')}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "code": f"library.{problem.code}",
    }
    return Response(orjson.dumps(document), problem.status, problem.headers, _MEDIA_TYPE)


def _of_domain(error: DomainError) -> Problem:
    status = HTTP[kind_of(error)]
    if status >= 500:
        return Problem(status, error.reason, "Внутренняя ошибка. Повторите запрос позже.")
    return Problem(status, error.reason, _DETAILS.get(error.reason, error.detail))


def _of_http(error: HTTPException) -> Problem:
    if error.status_code == 404:
        return Problem(404, "NO_SUCH_PATH", "Такого адреса нет.")
    if error.status_code == 405:
        return Problem(405, "METHOD_NOT_ALLOWED", "Этот адрес не принимает такой метод.", **(error.headers or {}))
    return Problem(error.status_code, "REFUSED", "Запрос не принят.")


def _of_any(error: Exception) -> Problem:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError):
        return Problem(409, "BUSY", "Эти же единицы сейчас загружает другой запрос. Повторите.", Retry_After="2")
    if isinstance(cause, OSError | asyncpg.PostgresConnectionError | asyncpg.InterfaceError | asyncpg.CannotConnectNowError):
        _log.warning("database_away", error=type(cause).__name__)
        return Problem(503, "DATABASE_AWAY", "Сервис временно недоступен. Повторите позже.", Retry_After="5")
    _log.error("unexpected", error=type(cause).__name__, exc_info=error)
    return Problem(500, "INTERNAL", "Внутренняя ошибка. Повторите запрос позже.")


def install(api: FastAPI) -> None:
    """Makes every failure of the API a problem document."""

    async def on_problem(request: Request, error: Exception) -> Response:
        if isinstance(error, Problem):
            return render(error, request)
        if isinstance(error, DomainError):
            return render(_of_domain(error), request)
        if isinstance(error, HTTPException):
            if error.status_code == 405:
                # Starlette names the methods of the first route of this path only.
                fitting = [route for route in api.routes if isinstance(route, Route) and route.path_regex.match(request.url.path)]
                error.headers = {"Allow": ", ".join(sorted({method for route in fitting for method in route.methods or ()}))}
            return render(_of_http(error), request)
        return render(_of_any(error), request)

    for kind in (Problem, DomainError, HTTPException, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Exception):
        api.add_exception_handler(kind, on_problem)
