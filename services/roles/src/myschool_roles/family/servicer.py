"""FamilyService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from uuid import UUID

import asyncpg
import grpc

from myschool.common.v1 import json_pb2
from myschool.roles.v1 import family_pb2 as pb
from myschool.roles.v1 import family_pb2_grpc
from myschool_kit import clock
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import Invalid, Violation
from myschool_kit.ids import is_uuid
from myschool_roles.family.kids import Kids
from myschool_roles.family.rules import Card, wish_of
from myschool_roles.family.service import Families

Context = grpc.aio.ServicerContext


class FamilyServicer(family_pb2_grpc.FamilyServiceServicer):
    """Thin: every decision is made in the services."""

    def __init__(self, families: Families, kids: Kids) -> None:
        self._kids = kids
        self._families = families

    async def GetFamilyStart(
        self, request: pb.GetFamilyStartRequest, context: "Context[pb.GetFamilyStartRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._families.start(principal()))

    async def SearchSchools(
        self, request: pb.SearchSchoolsRequest, context: "Context[pb.SearchSchoolsRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._families.find_schools(request.query))

    async def SendFamilyRequest(
        self, request: pb.SendFamilyRequestRequest, context: "Context[pb.SendFamilyRequestRequest, pb.FamilyRequestReply]"
    ) -> pb.FamilyRequestReply:
        if request.kind == pb.FAMILY_REQUEST_KIND_UNSPECIFIED:
            raise Invalid("a kind is needed", violations=[Violation("kind", "SELF or CHILD")])
        wish = wish_of(
            pb.FamilyRequestKind.Name(request.kind).removeprefix("FAMILY_REQUEST_KIND_"),
            UUID(request.organisation_id),
            _id("record_id", request.record_id) if request.record_id else None,
            (request.child_name, request.child_birth_day, request.group_name),
            clock.now().date(),
            Card(request.snils, request.certificate_series, request.certificate_number),
        )
        return _reply(await self._families.send(unit_of_work(), principal(), wish))

    async def AddKid(self, request: pb.AddKidRequest, context: "Context[pb.AddKidRequest, pb.AddKidResponse]") -> pb.AddKidResponse:
        return pb.AddKidResponse(connected=await self._kids.add(unit_of_work(), principal(), request.key))

    async def WithdrawFamilyRequest(
        self, request: pb.WithdrawFamilyRequestRequest, context: "Context[pb.WithdrawFamilyRequestRequest, pb.FamilyRequestReply]"
    ) -> pb.FamilyRequestReply:
        row = await self._families.withdraw(unit_of_work(), principal(), UUID(request.family_request_id), request.expected_version)
        return _reply(row)

    async def ListFamilyRequests(
        self, request: pb.ListFamilyRequestsRequest, context: "Context[pb.ListFamilyRequestsRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        body = await self._families.list_page(principal(), request.page_size, request.page_token, decided=request.decided)
        return json_pb2.JsonReply(body=body)

    async def DecideFamilyRequest(
        self, request: pb.DecideFamilyRequestRequest, context: "Context[pb.DecideFamilyRequestRequest, pb.FamilyRequestReply]"
    ) -> pb.FamilyRequestReply:
        act = (unit_of_work(), principal(), UUID(request.family_request_id), request.expected_version)
        if request.confirmed:
            return _reply(await self._families.confirm(*act, _id("record_id", request.record_id)))
        return _reply(await self._families.refuse(*act, request.reason))


def _id(field: str, text: str) -> UUID:
    if not is_uuid(text):
        raise Invalid("the id is not a UUID", violations=[Violation(field, "must be a UUID")])
    return UUID(text)


def _reply(row: asyncpg.Record) -> pb.FamilyRequestReply:
    status = pb.FamilyRequestStatus.Value(f"FAMILY_REQUEST_STATUS_{row['status']}")
    return pb.FamilyRequestReply(family_request_id=str(row["id"]), status=status, version=row["version"])
