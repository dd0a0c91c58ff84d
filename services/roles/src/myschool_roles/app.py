"""Composition root: settings → repositories → services → servicer."""

from functools import partial
from pathlib import Path

from myschool.identity.v1 import account_pb2_grpc, blocking_pb2_grpc, identity_pb2_grpc
from myschool.roles.v1.accounts_pb2_grpc import add_RegionAccountServiceServicer_to_server
from myschool.roles.v1.duplicates_pb2_grpc import add_DuplicateServiceServicer_to_server
from myschool.roles.v1.family_pb2_grpc import add_FamilyServiceServicer_to_server
from myschool.roles.v1.guardian_pb2_grpc import add_GuardianServiceServicer_to_server
from myschool.roles.v1.invitation_pb2_grpc import add_InvitationServiceServicer_to_server
from myschool.roles.v1.roles_pb2_grpc import add_RolesServiceServicer_to_server
from myschool_kit.service import App, Resources, Service
from myschool_privacy.audit.opened import opened
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding, also_erasing
from myschool_roles import consumers
from myschool_roles.account.clients import AccountBook
from myschool_roles.account.repository import AccountRepository
from myschool_roles.account.service import Accounts
from myschool_roles.account.servicer import RegionAccountServicer
from myschool_roles.claim.repository import ClaimRepository
from myschool_roles.claim.service import Claims
from myschool_roles.duplicate.repository import DuplicateRepository
from myschool_roles.duplicate.service import Duplicates
from myschool_roles.duplicate.servicer import DuplicateServicer
from myschool_roles.family.clients import Records
from myschool_roles.family.kids import Kids
from myschool_roles.family.repository import FamilyRepository
from myschool_roles.family.service import Families
from myschool_roles.family.servicer import FamilyServicer
from myschool_roles.group.repository import GroupRepository
from myschool_roles.group.service import Groups
from myschool_roles.guardian.code import Codes
from myschool_roles.guardian.endings import LimitEndings
from myschool_roles.guardian.family import FamilyPage
from myschool_roles.guardian.invitations import Invitations
from myschool_roles.guardian.repository import GuardianRepository
from myschool_roles.guardian.service import Guardians
from myschool_roles.guardian.servicer import GuardianServicer
from myschool_roles.importing.clients import PeopleRegister
from myschool_roles.importing.repository import ImportRepository
from myschool_roles.importing.service import Imports
from myschool_roles.invitation.repository import InvitationRepository
from myschool_roles.invitation.service import FullInvitations
from myschool_roles.invitation.servicer import InvitationServicer
from myschool_roles.merging.repository import MergingRepository
from myschool_roles.merging.service import Merging
from myschool_roles.organisation.repository import OrganisationRepository
from myschool_roles.organisation.service import Organisations
from myschool_roles.person.repository import PersonRepository
from myschool_roles.person.service import People
from myschool_roles.role.repository import RoleRepository
from myschool_roles.role.service import Roles
from myschool_roles.separating.repository import SeparatingRepository
from myschool_roles.separating.service import Separating
from myschool_roles.servicer import RolesServicer
from myschool_roles.subject.repository import HOLDING
from myschool_roles.whoami.repository import WhoAmIRepository
from myschool_roles.whoami.service import WhoAmI


async def build(resources: Resources) -> App:
    """The service's object graph."""
    database, settings = resources.database, resources.settings
    organisations = Organisations(OrganisationRepository(database))
    audit, subjects = opened(resources), Subjects(database, HOLDING)
    people = People(PersonRepository(database), audit.log)
    groups = Groups(GroupRepository(database), people, audit.log)
    roles = Roles(RoleRepository(database), organisations, people, groups)
    identity = await resources.channel("identity")
    lookup, guardianships = LookupHash(settings.key("lookup.key")), GuardianRepository(database)
    guardians = Guardians(guardianships, roles)
    register = PeopleRegister(identity_pb2_grpc.IdentityServiceStub(identity))
    seals = (EnvelopeCipher(settings.key("field.key")), lookup)
    imports = Imports(ImportRepository(database), organisations, register, seals, guardians)
    servicer = RolesServicer(organisations, groups, people, roles, WhoAmI(WhoAmIRepository(database)), imports)
    claims, codes = Claims(ClaimRepository(database), guardians), Codes(lookup)
    full = FullInvitations(InvitationRepository(database), codes, guardians, people, audit.log)
    invitations = Invitations(guardianships, codes, guardians, roles, people, full)
    standing = GuardianServicer(FamilyPage(guardianships, claims, audit.log), guardians, invitations, claims)
    book = AccountBook(blocking_pb2_grpc.BlockingServiceStub(identity), account_pb2_grpc.AccountServiceStub(identity))
    accounts = RegionAccountServicer(Accounts(AccountRepository(database), book, audit.log))
    merging = Merging(MergingRepository(), roles, guardians, people)
    separating = Separating(SeparatingRepository(), roles, guardians, people)
    duplicates = DuplicateServicer(Duplicates(DuplicateRepository(database), merging, separating, book, audit.log))
    records, asked = Records(account_pb2_grpc.AccountServiceStub(identity)), FamilyRepository(database)
    kids = Kids(asked, records, people, guardians, claims, audit.log)
    families = FamilyServicer(Families(asked, organisations, people, records, guardians, claims, kids, audit.log), kids)
    servicers = (
        partial(add_RolesServiceServicer_to_server, servicer),
        partial(add_FamilyServiceServicer_to_server, families),
        partial(add_GuardianServiceServicer_to_server, standing),
        partial(add_RegionAccountServiceServicer_to_server, accounts),
        partial(add_DuplicateServiceServicer_to_server, duplicates),
        partial(add_InvitationServiceServicer_to_server, InvitationServicer(full)),
        adding(subjects),
    )
    handlers = consumers.handlers(roles, merging, separating)
    return App(servicers, also_erasing(handlers, consumers.SUBJECTS, subjects), (audit.sealer.run, LimitEndings(database, guardians).run))


SERVICE = Service("roles", Path(__file__).parent, build)
