"""Records that look like one person: compared, joined, parted again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.roles.v1 import duplicates_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.schemas import duplicates
from myschool_gateway.schemas.common import PageToken

reads = routing.reads("school")
writes = routing.writes("school")
routers = (reads, writes)


@reads.get("/duplicates", response_model=duplicates.DuplicateList)
async def list_duplicates(
    caller: Reader,
    judged: Annotated[bool, Query(description="The pairs said to be different people instead")] = False,
    page_size: Annotated[int, Query(ge=1, le=50)] = 20,
    page_token: PageToken = "",
) -> Response:
    """Pairs of the same name in the caller's school or region."""
    request = duplicates_pb2.ListDuplicatesRequest(judged=judged, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.duplicates.ListDuplicates, request)


@writes.post("/duplicates/verdict", status_code=204)
async def judge_duplicate(caller: Writer, body: duplicates.JudgeDuplicate) -> Response:
    """Different people, or not so sure any more."""
    request = duplicates_pb2.JudgeDuplicateRequest(first_id=str(body.first_id), second_id=str(body.second_id), different=body.different)
    await caller.ask(caller.services.duplicates.JudgeDuplicate, request)
    return Response(status_code=204)


@reads.get("/merges", response_model=duplicates.MergeList)
async def list_merges(caller: Reader, page_size: Annotated[int, Query(ge=1, le=100)] = 50, page_token: PageToken = "") -> Response:
    """Merges of the school or region, taken back ones too."""
    return await caller.ready(
        caller.services.duplicates.ListMerges, duplicates_pb2.ListMergesRequest(page_size=page_size, page_token=page_token)
    )


@writes.post("/merges")
async def merge_people(caller: Writer, body: duplicates.MergePeople) -> duplicates.MergeDone:
    """The two records are one person."""
    request = duplicates_pb2.MergePeopleRequest(person_id=str(body.person_id), merged_id=str(body.merged_id))
    reply = await caller.ask(caller.services.duplicates.MergePeople, request)
    return duplicates.MergeDone(merge_id=reply.merge_id)


@writes.post("/merges/{merge_id}/separate", response_model=duplicates.Separated)
async def separate_people(caller: Writer, merge_id: UUID) -> Response:
    """They are two people after all; the answer names what stays as it is."""
    request = duplicates_pb2.SeparatePeopleRequest(merge_id=str(merge_id))
    return await caller.ready(caller.services.duplicates.SeparatePeople, request)
