"""Loads the region step by step, only through the services' own APIs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import identity_pb2
from myschool.journal.v1 import planning_pb2
from myschool.roles.v1 import roles_pb2
from myschool_kit.errors import Kind, RemoteError
from myschool_kit.principal import Principal
from myschool_seed import files
from myschool_seed.api import Platform, SeedError, eventually
from myschool_seed.files import File
from myschool_seed.people import Person
from myschool_seed.region import REGION, Region, School
from myschool_seed.school_year import BELLS, SchoolYear

TIME_ZONE = "Europe/Moscow"
_IMPORT_FORMATS = {".xlsx": roles_pb2.IMPORT_FORMAT_SHEET, ".zip": roles_pb2.IMPORT_FORMAT_ONEROSTER}


class LoadedSchool:
    """A school as the platform knows it after the import."""

    def __init__(self, school: School, body: dict[str, Any]) -> None:
        self.school = school
        self.id: str = body["id"]
        self._staff = {person["full_name"]: person for person in body["staff"]}
        self.groups = {group["name"]: group["id"] for group in body["groups"]}

    def principal(self, full_name: str, role_type: str = "TEACHER") -> Principal:
        """A member of staff acting in a role."""
        person = self._staff[full_name]
        role = next(role for role in person["roles"] if role["type"] == role_type)
        return Principal(person["person_id"], full_name, role_type, role["id"], self.id, REGION)

    @property
    def head(self) -> Principal:
        """The head of the school."""
        return self.principal(self.school.head.full, "HEAD")


async def school(platform: Platform, school: School, book: File) -> LoadedSchool:
    """Registers the school and imports its people. Raises SeedError when a row is refused."""
    request = roles_pb2.RegisterOrganisationRequest(
        ogrn=school.ogrn, full_name=school.full_name, short_name=school.short_name, region_code=REGION, time_zone=TIME_ZONE
    )
    organisation_id = (await platform.call(platform.roles.RegisterOrganisation, request)).organisation_id
    upload = roles_pb2.PreviewImportRequest(
        organisation_id=organisation_id,
        format=_IMPORT_FORMATS[book.name[book.name.rindex(".") :]],
        file_name=book.name,
        content=book.content,
    )
    preview = await platform.read(platform.roles.PreviewImport, upload)
    counts = preview["counts"]
    if counts["invalid"]:
        raise SeedError(f"{book.name}: {counts['invalid']} rows are refused, the first: {preview['rows'][0]}")
    if counts["create"] or counts["update"]:
        await platform.call(platform.roles.ConfirmImport, roles_pb2.ConfirmImportRequest(import_id=preview["id"]))
    body = await platform.read(platform.roles.GetOrganisation, roles_pb2.GetOrganisationRequest(organisation_id=organisation_id))
    return LoadedSchool(school, body)


async def person_id(platform: Platform, person: Person) -> str:
    """The id of somebody who belongs to no school."""
    entry = identity_pb2.PersonToRegister(
        key="1",
        family_name=person.name.family,
        given_name=person.name.given,
        middle_name=person.name.middle,
        birth_date=person.birth.isoformat(),
        snils=person.snils,
    )
    reply = await platform.call(platform.identity.RegisterPeople, identity_pb2.RegisterPeopleRequest(people=[entry]))
    found: str = reply.people[0].person_id
    return found


async def officials(platform: Platform, region: Region) -> Principal:
    """Grants the roles outside of schools; answers the expert."""
    granted = []
    roles = (
        (region.expert, "EXPERT", ""),
        (region.coordinator, "REGIONAL_COORDINATOR", REGION),
        (region.federal, "FEDERAL_ADMINISTRATOR", ""),
    )
    for person, role_type, region_code in roles:
        request = roles_pb2.GrantRoleRequest(
            person_id=await person_id(platform, person),
            role_type=options_pb2.RoleType.Value(f"ROLE_TYPE_{role_type}"),
            region_code=region_code,
            status=roles_pb2.ROLE_STATUS_ACTIVE,
            display_name=person.full,
        )
        reply = await platform.call(platform.roles.GrantRole, request, once=False)
        granted.append(Principal(request.person_id, person.full, role_type, reply.role_id, "", region_code))
    return granted[0]


async def timetable(platform: Platform, loaded: LoadedSchool, year: SchoolYear) -> None:
    """Sets up the year and lays the lessons, as soon as the journal has heard of the school, its classes and teachers."""
    calendar = planning_pb2.SetUpYearRequest(
        organisation_id=loaded.id,
        year=year.year,
        periods=[
            planning_pb2.Period(name=quarter.name, first_day=quarter.first_day.isoformat(), last_day=quarter.last_day.isoformat())
            for quarter in year.quarters
        ],
        holidays=[day.isoformat() for day in year.holidays],
        bells=[planning_pb2.Bell(number=number, starts_at=start, ends_at=end) for number, (start, end) in enumerate(BELLS, 1)],
    )

    async def set_up() -> object:
        return await _unless_unknown(lambda: platform.call(platform.planning.SetUpYear, calendar, once=False))

    await eventually(f"{loaded.school.short_name} in the journal", set_up)
    book = files.timetable_book(f"timetable-{loaded.school.ogrn[-2:]}.xlsx", loaded.school.slots)
    sheet = planning_pb2.ImportTimetableRequest(organisation_id=loaded.id, file_name=book.name, content=book.content)

    async def lay() -> Any:
        body = await platform.read(platform.planning.ImportTimetable, sheet)
        return body if body["applied"] else None

    await eventually(f"the timetable of {loaded.school.short_name}", lay)


async def _unless_unknown(act: Callable[[], Awaitable[Any]]) -> Any:
    """None as long as the school is not known there."""
    try:
        return await act()
    except RemoteError as error:
        if error.remote_kind is not Kind.NOT_FOUND:
            raise
        return None


async def together(limit: int, work: list[Callable[[], Awaitable[None]]]) -> None:
    """Runs the pieces, at most `limit` at a time; the first failure ends all."""
    gate = asyncio.Semaphore(limit)

    async def guarded(piece: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await piece()

    async with asyncio.TaskGroup() as group:
        for piece in work:
            group.create_task(guarded(piece))
