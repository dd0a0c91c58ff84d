"""WS /api/v1/stream: handshake, the four tasks of a connection, its end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from myschool_gateway.cookies import SESSION
from myschool_gateway.parts import parts_of
from myschool_gateway.stream.frames import FRAME
from myschool_gateway.stream.page import POLICY, SIGNED_OUT, OpenPage
from myschool_kit.errors import DomainError
from myschool_kit.telemetry import logger

_log = logger(__name__)
router = APIRouter()
_LARGEST_FRAME = 32 * 1024
_PER_SECOND = 20.0
_BURST = 80.0
_TOO_MANY_PAGES = 4429
_TRY_LATER = 1013
_CANCELLED_S = 1.0
_SIGNED_OUT_FRAME = '{"t":"signed_out"}'


@router.websocket("/api/v1/stream")
async def stream(websocket: WebSocket) -> None:
    """Hints and chat messages for one open page."""
    parts = parts_of(websocket)
    if websocket.headers.get("origin") != parts.settings.origin:
        # Refused before it is accepted: no other site may open a connection with our cookie.
        await websocket.close(POLICY)
        return
    # Accepted before the session is looked at: a browser learns a close code only from an open connection.
    await websocket.accept()
    try:
        found = await parts.sessions.look(SESSION.read(websocket))
    except DomainError:
        await websocket.close(_TRY_LATER)
        return
    if found is None:
        await _end(websocket, SIGNED_OUT)
        return
    page = OpenPage(parts, found.stored)
    person_id = page.session.person_id
    open_pages = parts.hub.pages
    if open_pages.get(person_id, 0) >= parts.settings.streams_per_person:
        await websocket.close(_TOO_MANY_PAGES)
        return
    open_pages[person_id] = open_pages.get(person_id, 0) + 1
    try:
        await _serve(websocket, page)
    finally:
        open_pages[person_id] -= 1
        if not open_pages[person_id]:
            del open_pages[person_id]


async def _serve(websocket: WebSocket, page: OpenPage) -> None:
    works: tuple[Coroutine[Any, Any, None], ...] = (_open(page), _read(websocket, page), _write(websocket, page), page.watch_session())
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ends: set[asyncio.Future[Any]] = {*tasks[1:], page.closing}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _stop(tasks)
        await page.leave()
    if page.closing.done():
        await _end(websocket, page.closing.result())


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    """Ends the tasks for certain: a library that swallows one cancellation must not keep the page open for ever."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _done, pending = await asyncio.wait(pending, timeout=_CANCELLED_S)
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
            _log.error("stream_failed", error=type(error).__name__, exc_info=error)


async def _open(page: OpenPage) -> None:
    try:
        await page.open()
    except DomainError as error:
        _log.info("stream_not_opened", reason=error.reason)
        page.close(_TRY_LATER)
        return
    await page.work()


async def _read(websocket: WebSocket, page: OpenPage) -> None:
    """Takes frames until the page goes; one that talks too much, too long or nonsense is closed."""
    allowance, before = _BURST, asyncio.get_running_loop().time()
    while True:
        text = await websocket.receive_text()
        moment = asyncio.get_running_loop().time()
        allowance, before = min(_BURST, allowance + (moment - before) * _PER_SECOND) - 1, moment
        if allowance < 0 or len(text) > _LARGEST_FRAME:
            page.close(POLICY)
            return
        try:
            frame = FRAME.validate_json(text)
        except ValidationError:
            page.close(POLICY)
            return
        page.take(frame)


async def _write(websocket: WebSocket, page: OpenPage) -> None:
    while True:
        await websocket.send_text(await page.frames.get())


async def _end(websocket: WebSocket, code: int) -> None:
    if websocket.application_state is not WebSocketState.CONNECTED or websocket.client_state is not WebSocketState.CONNECTED:
        return
    try:
        if code == SIGNED_OUT:
            await websocket.send_text(_SIGNED_OUT_FRAME)
        await websocket.close(code)
    except (RuntimeError, WebSocketDisconnect):
        _log.debug("stream_closed_by_page")
