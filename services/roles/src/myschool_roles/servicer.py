"""RolesService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from uuid import UUID

import grpc

from myschool.common.v1 import json_pb2, options_pb2
from myschool.roles.v1 import roles_pb2 as pb
from myschool.roles.v1 import roles_pb2_grpc
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import Invalid, Violation
from myschool_kit.ids import is_uuid
from myschool_roles.group.service import Groups
from myschool_roles.importing.service import Imports
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.service import People
from myschool_roles.role.service import Grant, Roles
from myschool_roles.whoami.service import WhoAmI

Context = grpc.aio.ServicerContext
_ROLE = len("ROLE_TYPE_")
_STATUS = len("ROLE_STATUS_")


def _optional_id(field: str, text: str) -> UUID | None:
    if not text:
        return None
    if not is_uuid(text):
        raise Invalid("the id is not a UUID", violations=[Violation(field, "must be a UUID or empty")])
    return UUID(text)


def _status_name(status: "pb.RoleStatus.ValueType") -> str:
    if status == pb.ROLE_STATUS_UNSPECIFIED:
        raise Invalid("a status is needed", violations=[Violation("status", "name the status")])
    return pb.RoleStatus.Name(status)[_STATUS:]


class RolesServicer(roles_pb2_grpc.RolesServiceServicer):
    """Thin: every decision is made in the services."""

    def __init__(
        self, organisations: Organisations, groups: Groups, people: People, roles: Roles, whoami: WhoAmI, imports: Imports
    ) -> None:
        self._organisations = organisations
        self._groups = groups
        self._people = people
        self._roles = roles
        self._whoami = whoami
        self._imports = imports

    async def WhoAmI(self, request: pb.WhoAmIRequest, context: "Context[pb.WhoAmIRequest, json_pb2.JsonReply]") -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._whoami.roles(principal()))

    async def EnterRole(
        self, request: pb.EnterRoleRequest, context: "Context[pb.EnterRoleRequest, pb.EnterRoleResponse]"
    ) -> pb.EnterRoleResponse:
        entered = await self._roles.enter(principal(), UUID(request.role_id))
        return pb.EnterRoleResponse(
            role_id=str(entered.role_id),
            role_type=options_pb2.RoleType.Value(f"ROLE_TYPE_{entered.role_type}"),
            organisation_id=str(entered.organisation_id or ""),
            organisation_name=entered.organisation_name,
            student_ids=[str(student) for student in entered.student_ids],
            region_code=entered.region_code,
        )

    async def ListOrganisations(
        self, request: pb.ListOrganisationsRequest, context: "Context[pb.ListOrganisationsRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        body = await self._organisations.list_page(principal(), request.query, request.page_size, request.page_token)
        return json_pb2.JsonReply(body=body)

    async def RegisterOrganisation(
        self, request: pb.RegisterOrganisationRequest, context: "Context[pb.RegisterOrganisationRequest, pb.RegisterOrganisationResponse]"
    ) -> pb.RegisterOrganisationResponse:
        values = (request.ogrn, request.full_name, request.short_name, request.region_code, request.time_zone)
        organisation_id = await self._organisations.register(unit_of_work(), principal(), values)
        return pb.RegisterOrganisationResponse(organisation_id=str(organisation_id))

    async def GetOrganisation(
        self, request: pb.GetOrganisationRequest, context: "Context[pb.GetOrganisationRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._organisations.get(principal(), UUID(request.organisation_id)))

    async def GetStudentGroup(
        self, request: pb.GetStudentGroupRequest, context: "Context[pb.GetStudentGroupRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._groups.get(principal(), UUID(request.group_id)))

    async def SearchPeople(
        self, request: pb.SearchPeopleRequest, context: "Context[pb.SearchPeopleRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._people.search(principal(), request.query))

    async def GrantRole(self, request: pb.GrantRoleRequest, context: "Context[pb.GrantRoleRequest, pb.RoleReply]") -> pb.RoleReply:
        wish = Grant(
            person_id=UUID(request.person_id),
            role_type=options_pb2.RoleType.Name(request.role_type)[_ROLE:],
            organisation_id=_optional_id("organisation_id", request.organisation_id),
            region_code=request.region_code,
            status=_status_name(request.status),
            display_name=request.display_name,
        )
        row = await self._roles.grant(unit_of_work(), principal(), wish)
        return _reply(str(row["id"]), row["status"], row["version"])

    async def ChangeRoleStatus(
        self, request: pb.ChangeRoleStatusRequest, context: "Context[pb.ChangeRoleStatusRequest, pb.RoleReply]"
    ) -> pb.RoleReply:
        status = _status_name(request.status)
        row = await self._roles.change_status(
            unit_of_work(), principal(), UUID(request.role_id), status, request.reason, request.expected_version
        )
        return _reply(str(row["id"]), row["status"], row["version"])

    async def DeleteRole(
        self, request: pb.DeleteRoleRequest, context: "Context[pb.DeleteRoleRequest, pb.DeleteRoleResponse]"
    ) -> pb.DeleteRoleResponse:
        await self._roles.delete(unit_of_work(), principal(), UUID(request.role_id), request.expected_version)
        return pb.DeleteRoleResponse()

    async def PreviewImport(
        self, request: pb.PreviewImportRequest, context: "Context[pb.PreviewImportRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        if request.format == pb.IMPORT_FORMAT_UNSPECIFIED:
            raise Invalid("a format is needed", violations=[Violation("format", "SHEET или ONEROSTER")])
        body = await self._imports.preview(
            unit_of_work(),
            principal(),
            UUID(request.organisation_id),
            pb.ImportFormat.Name(request.format).removeprefix("IMPORT_FORMAT_"),
            request.file_name,
            request.content,
        )
        return json_pb2.JsonReply(body=body)

    async def GetImport(
        self, request: pb.GetImportRequest, context: "Context[pb.GetImportRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        body = await self._imports.get(principal(), UUID(request.import_id), request.page_size, request.page_token)
        return json_pb2.JsonReply(body=body)

    async def ConfirmImport(
        self, request: pb.ConfirmImportRequest, context: "Context[pb.ConfirmImportRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._imports.confirm(unit_of_work(), principal(), UUID(request.import_id)))


def _reply(role_id: str, status: str, version: int) -> pb.RoleReply:
    return pb.RoleReply(role_id=role_id, status=pb.RoleStatus.Value(f"ROLE_STATUS_{status}"), version=version)
