"""Who looked at one's data, a copy of them to take along, and their erasure."""

import asyncio
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import orjson
from fastapi import Query
from starlette.responses import Response, StreamingResponse

from myschool.common.v1 import json_pb2, subject_pb2
from myschool.identity.v1 import erasure_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.clients import NAMES
from myschool_gateway.parts import parts_of
from myschool_gateway.privacy import access
from myschool_gateway.privacy.exports import Export
from myschool_gateway.schemas import privacy
from myschool_gateway.schemas.common import PageToken

reads = routing.reads("privacy")
writes = routing.writes("privacy")
routers = (reads, writes)
_FILE = "моя-школа-мои-данные.zip"


@reads.get("/access")
async def list_access(
    caller: Reader, subject_id: UUID, page_size: Annotated[int, Query(ge=1, le=100)] = 30, page_token: PageToken = ""
) -> privacy.Looks:
    """Who looked at the data of the person or of a child in the family, newest first; the caller's own looks are left out."""

    async def ask(service: str, place: str) -> json_pb2.JsonReply:
        request = subject_pb2.ListAccessRequest(subject_id=str(subject_id), page_size=page_size, page_token=place)
        reply: json_pb2.JsonReply = await caller.ask(caller.services.subjects[service].ListAccess, request)
        return reply

    page = await access.gather(ask, page_size, page_token)
    return privacy.Looks.model_validate(asdict(page))


@reads.get("/export")
async def get_export(caller: Reader) -> privacy.Export:
    """The newest copy of the person's data, being collected or ready."""
    return _shown(await parts_of(caller).exports.latest(caller.session.person_id))


@writes.post("/export", status_code=202)
async def start_export(caller: Writer) -> privacy.Export:
    """Starts collecting a copy of the person's data; one that is being collected is answered as it is."""
    return _shown(await parts_of(caller).exports.start(caller.session.principal))


@reads.get("/export/{export_id}/file", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
async def download_export(caller: Reader, export_id: UUID) -> Response:
    """The archive: JSON and a page to read, for a day and for the person alone."""
    export, pieces = await parts_of(caller).exports.archive(caller.session.person_id, str(export_id))
    headers = {
        "Content-Disposition": f"attachment; filename=\"my-data.zip\"; filename*=UTF-8''{quote(_FILE)}",
        "Content-Length": str(export.bytes),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pieces, headers=headers, media_type="application/zip")


@reads.get("/erasure", response_model=privacy.Erasure)
async def get_erasure(caller: Reader) -> Response:
    """The newest request to erase the profile."""
    return await caller.ready(caller.services.erasure.GetErasure, erasure_pb2.GetErasureRequest())


@reads.get("/erasure/plan")
async def get_erasure_plan(caller: Reader) -> privacy.ErasurePlan:
    """What an erasure would delete in each service, and what stays and why."""
    request = subject_pb2.GetErasurePlanRequest()
    replies = await asyncio.gather(*[caller.ask(caller.services.subjects[name].GetErasurePlan, request) for name in NAMES])
    parts = [
        {"service": name, **part}
        for name, reply in zip(NAMES, replies, strict=True)
        for part in orjson.loads(reply.body).get("parts", ())
        if part["rows"]
    ]
    return privacy.ErasurePlan.model_validate({"parts": parts})


@writes.post("/erasure", response_model=privacy.Erasure)
async def request_erasure(caller: Writer) -> Response:
    """Starts the waiting time of «удалить профиль»."""
    return await caller.ready(caller.services.erasure.RequestErasure, erasure_pb2.RequestErasureRequest())


@writes.delete("/erasure/{request_id}", response_model=privacy.Erasure)
async def cancel_erasure(caller: Writer, request_id: UUID) -> Response:
    """Takes the waiting request back."""
    return await caller.ready(caller.services.erasure.CancelErasure, erasure_pb2.CancelErasureRequest(request_id=str(request_id)))


def _shown(export: Export | None) -> privacy.Export:
    return privacy.Export.model_validate({"export": None if export is None else asdict(export)})
