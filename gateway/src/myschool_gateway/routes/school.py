"""Organisations, groups, people, imports, structural roles."""

from pathlib import PurePath
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Form, Query, UploadFile
from starlette.responses import Response

from myschool.common.v1 import options_pb2
from myschool.roles.v1 import roles_pb2
from myschool_gateway import routing
from myschool_gateway.caller import IMPORT_S, Caller, Reader, Writer
from myschool_gateway.errors import BodyTooLarge
from myschool_gateway.schemas import school
from myschool_gateway.schemas.common import PageToken, Text
from myschool_kit.errors import Invalid, Violation

reads = routing.reads("school")
writes = routing.writes("school")
routers = (reads, writes)

LARGEST_FILE = 8 * 1024 * 1024


@reads.get("/organisations", response_model=school.OrganisationList)
async def list_organisations(
    caller: Reader,
    q: Annotated[Text, Query(max_length=200)] = "",
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    page_token: PageToken = "",
) -> Response:
    """Schools in the role's scope."""
    request = roles_pb2.ListOrganisationsRequest(query=q, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.roles.ListOrganisations, request)


@reads.get("/organisations/{organisation_id}", response_model=school.Organisation)
async def get_organisation(caller: Reader, organisation_id: UUID) -> Response:
    """A school with its classes and staff."""
    request = roles_pb2.GetOrganisationRequest(organisation_id=str(organisation_id))
    return await caller.ready(caller.services.roles.GetOrganisation, request)


@reads.get("/groups/{group_id}", response_model=school.Group)
async def get_group(caller: Reader, group_id: UUID) -> Response:
    """A class with its roster."""
    return await caller.ready(caller.services.roles.GetStudentGroup, roles_pb2.GetStudentGroupRequest(group_id=str(group_id)))


@reads.get("/people", response_model=school.PeopleFound)
async def search_people(caller: Reader, q: Annotated[Text, Query(min_length=1, max_length=100)]) -> Response:
    """People of the school by name."""
    return await caller.ready(caller.services.roles.SearchPeople, roles_pb2.SearchPeopleRequest(query=q))


@writes.post("/imports", response_model=school.Import)
async def start_import(
    caller: Writer,
    organisation_id: Annotated[UUID, Form()],
    format: Annotated[Literal["SHEET", "ONEROSTER"], Form()],  # noqa: A002 - the field's name in the contract
    file: UploadFile,
) -> Response:
    """Reads a school's sheet or archive and answers with a verdict per row; changes nothing yet."""
    content = await file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise BodyTooLarge("the file is too large", limit_bytes=LARGEST_FILE)
    if not content:
        raise Invalid("the file is empty", violations=[Violation("body.file", "the file is empty")])
    request = roles_pb2.PreviewImportRequest(
        organisation_id=str(organisation_id),
        format=roles_pb2.ImportFormat.Value(f"IMPORT_FORMAT_{format}"),
        file_name=_file_name(file.filename),
        content=content,
    )
    return await caller.ready(caller.services.roles.PreviewImport, request, IMPORT_S)


@reads.get("/imports/{import_id}", response_model=school.Import)
async def get_import(
    caller: Reader, import_id: UUID, page_size: Annotated[int, Query(ge=1, le=500)] = 100, page_token: PageToken = ""
) -> Response:
    """The kept import with its verdicts, errors first."""
    request = roles_pb2.GetImportRequest(import_id=str(import_id), page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.roles.GetImport, request)


@writes.post("/imports/{import_id}/confirm", response_model=school.Import)
async def confirm_import(caller: Writer, import_id: UUID) -> Response:
    """Carries the import out, whole or not at all."""
    request = roles_pb2.ConfirmImportRequest(import_id=str(import_id))
    return await caller.ready(caller.services.roles.ConfirmImport, request, IMPORT_S)


@writes.post("/roles")
async def grant_role(caller: Writer, body: school.GrantRole) -> school.RoleSaved:
    """Gives a role to a known person."""
    request = roles_pb2.GrantRoleRequest(
        person_id=str(body.person_id),
        role_type=options_pb2.RoleType.Value(f"ROLE_TYPE_{body.role_type}"),
        organisation_id=str(body.organisation_id),
        status=roles_pb2.RoleStatus.Value(f"ROLE_STATUS_{body.status}"),
    )
    return await _saved(caller, caller.services.roles.GrantRole, request)


@writes.post("/roles/{role_id}/status")
async def change_role_status(caller: Writer, role_id: UUID, body: school.ChangeRoleStatus) -> school.RoleSaved:
    """Moves a role through its life cycle."""
    request = roles_pb2.ChangeRoleStatusRequest(
        role_id=str(role_id),
        status=roles_pb2.RoleStatus.Value(f"ROLE_STATUS_{body.status}"),
        reason=body.reason,
        expected_version=body.expected_version,
    )
    return await _saved(caller, caller.services.roles.ChangeRoleStatus, request)


@writes.delete("/roles/{role_id}", status_code=204)
async def delete_role(caller: Writer, role_id: UUID, expected_version: Annotated[int, Query(ge=0, le=2_147_483_647)]) -> Response:
    """Deletes a terminated role."""
    request = roles_pb2.DeleteRoleRequest(role_id=str(role_id), expected_version=expected_version)
    await caller.ask(caller.services.roles.DeleteRole, request)
    return Response(status_code=204)


async def _saved(
    caller: Caller, method: object, request: roles_pb2.GrantRoleRequest | roles_pb2.ChangeRoleStatusRequest
) -> school.RoleSaved:
    reply = await caller.ask(method, request)
    status: Any = roles_pb2.RoleStatus.Name(reply.status).removeprefix("ROLE_STATUS_")
    return school.RoleSaved(role_id=reply.role_id, status=status, version=reply.version)


def _file_name(given: str | None) -> str:
    """The last part of the name, without what a browser or an attacker may have put before it."""
    name = PurePath((given or "").replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[-200:] or "file"
