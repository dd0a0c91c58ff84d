"""Composition root: settings → repositories → services → servicer."""

from functools import partial
from pathlib import Path

from myschool.identity.v1 import identity_pb2_grpc
from myschool.roles.v1.roles_pb2_grpc import add_RolesServiceServicer_to_server
from myschool_kit.crypto import FieldCipher, LookupHash
from myschool_kit.service import App, Resources, Service
from myschool_roles import consumers
from myschool_roles.group.repository import GroupRepository
from myschool_roles.group.service import Groups
from myschool_roles.importing.clients import PeopleRegister
from myschool_roles.importing.repository import ImportRepository
from myschool_roles.importing.service import Imports
from myschool_roles.organisation.repository import OrganisationRepository
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.repository import PersonRepository
from myschool_roles.person.service import People
from myschool_roles.role.repository import RoleRepository
from myschool_roles.role.service import Roles
from myschool_roles.servicer import RolesServicer
from myschool_roles.whoami.repository import WhoAmIRepository
from myschool_roles.whoami.service import WhoAmI


async def build(resources: Resources) -> App:
    """The service's object graph."""
    database, settings = resources.database, resources.settings
    organisations = Organisations(OrganisationRepository(database))
    people = People(PersonRepository(database))
    groups = Groups(GroupRepository(database), people)
    roles = Roles(RoleRepository(database), organisations, people, groups)
    identity = identity_pb2_grpc.IdentityServiceStub(await resources.channel("identity"))
    imports = Imports(
        ImportRepository(database),
        organisations,
        PeopleRegister(identity),
        FieldCipher(settings.key("field.key")),
        LookupHash(settings.key("lookup.key")),
    )
    servicer = RolesServicer(organisations, groups, people, roles, WhoAmI(WhoAmIRepository(database)), imports)
    return App(servicers=(partial(add_RolesServiceServicer_to_server, servicer),), handlers=consumers.handlers(roles))


SERVICE = Service("roles", Path(__file__).parent, build)
