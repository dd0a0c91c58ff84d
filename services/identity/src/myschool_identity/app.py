"""Composition root of the gRPC service."""

from functools import partial
from pathlib import Path

from myschool.identity.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from myschool_identity.account.repository import AccountRepository
from myschool_identity.account.service import Accounts
from myschool_identity.consent.repository import ConsentRepository
from myschool_identity.consent.service import Consents
from myschool_identity.consent.texts import PRESENT
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.profile.service import Profiles
from myschool_identity.servicer import IdentityServicer
from myschool_identity.session.repository import SessionRepository
from myschool_identity.session.service import Sessions
from myschool_identity.settings import IdentitySettings
from myschool_kit.crypto import FieldCipher, LookupHash
from myschool_kit.service import App, Resources, Service


async def build(resources: Resources) -> App:
    """The graph of the service; it consumes no events."""
    settings, database = resources.settings, resources.database
    profiles = ProfileRepository(FieldCipher(settings.key("field.key")), LookupHash(settings.key("lookup.key")))
    sessions = Sessions(database, SessionRepository())
    consents = Consents(database, ConsentRepository(), PRESENT)
    accounts = Accounts(database, AccountRepository(), Profiles(profiles), sessions, consents)
    servicer = IdentityServicer(accounts, consents, sessions)
    return App(servicers=(partial(add_IdentityServiceServicer_to_server, servicer),))


SERVICE = Service("identity", Path(__file__).parent, build, settings=IdentitySettings)
