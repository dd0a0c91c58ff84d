"""DuplicateService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from uuid import UUID

import grpc

from myschool.common.v1 import json_pb2
from myschool.roles.v1 import duplicates_pb2 as pb
from myschool.roles.v1 import duplicates_pb2_grpc
from myschool_kit.context import principal, unit_of_work
from myschool_roles.duplicate.service import Duplicates

Context = grpc.aio.ServicerContext


class DuplicateServicer(duplicates_pb2_grpc.DuplicateServiceServicer):
    """Thin: every decision is made in the service."""

    def __init__(self, duplicates: Duplicates) -> None:
        self._duplicates = duplicates

    async def ListDuplicates(
        self, request: pb.ListDuplicatesRequest, context: "Context[pb.ListDuplicatesRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        body = await self._duplicates.list_page(principal(), request.page_size, request.page_token, judged=request.judged)
        return json_pb2.JsonReply(body=body)

    async def JudgeDuplicate(
        self, request: pb.JudgeDuplicateRequest, context: "Context[pb.JudgeDuplicateRequest, pb.JudgeDuplicateResponse]"
    ) -> pb.JudgeDuplicateResponse:
        pair = (UUID(request.first_id), UUID(request.second_id))
        await self._duplicates.judge(unit_of_work(), principal(), pair, different=request.different)
        return pb.JudgeDuplicateResponse()

    async def MergePeople(
        self, request: pb.MergePeopleRequest, context: "Context[pb.MergePeopleRequest, pb.MergePeopleResponse]"
    ) -> pb.MergePeopleResponse:
        merge_id = await self._duplicates.merge(unit_of_work(), principal(), UUID(request.person_id), UUID(request.merged_id))
        return pb.MergePeopleResponse(merge_id=str(merge_id))

    async def ListMerges(
        self, request: pb.ListMergesRequest, context: "Context[pb.ListMergesRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._duplicates.merges(principal(), request.page_size, request.page_token))

    async def SeparatePeople(
        self, request: pb.SeparatePeopleRequest, context: "Context[pb.SeparatePeopleRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._duplicates.separate(unit_of_work(), principal(), UUID(request.merge_id)))
