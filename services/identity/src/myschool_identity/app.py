"""Composition root of the gRPC service."""

from functools import partial
from pathlib import Path
from typing import cast

from myschool.identity.v1.account_pb2_grpc import add_AccountServiceServicer_to_server
from myschool.identity.v1.blocking_pb2_grpc import add_BlockingServiceServicer_to_server
from myschool.identity.v1.consent_pb2_grpc import add_ConsentServiceServicer_to_server
from myschool.identity.v1.erasure_pb2_grpc import add_ErasureServiceServicer_to_server
from myschool.identity.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from myschool.identity.v1.notice_pb2_grpc import add_NoticeServiceServicer_to_server
from myschool.identity.v1.pairing_pb2_grpc import add_PairingServiceServicer_to_server
from myschool.identity.v1.session_pb2_grpc import add_SessionServiceServicer_to_server
from myschool.identity.v1.token_pb2_grpc import add_TokenServiceServicer_to_server
from myschool_identity.account.repository import AccountRepository
from myschool_identity.account.service import Accounts
from myschool_identity.blocking.repository import BlockingRepository
from myschool_identity.blocking.service import Blocking
from myschool_identity.blocking.servicer import BlockingServicer
from myschool_identity.consent.ledger import Ledger
from myschool_identity.consent.repository import ConsentRepository
from myschool_identity.consent.service import Consents
from myschool_identity.consent.servicer import ConsentServicer
from myschool_identity.consent.texts import PRESENT
from myschool_identity.consumers import handlers
from myschool_identity.erasure.repository import ErasureRepository
from myschool_identity.erasure.service import Erasures
from myschool_identity.erasure.servicer import ErasureServicer
from myschool_identity.kids.repository import KidsRepository
from myschool_identity.kids.service import Kids
from myschool_identity.matching.repository import MatchingRepository
from myschool_identity.matching.service import Matching
from myschool_identity.matching.servicer import AccountServicer
from myschool_identity.notice import mail
from myschool_identity.notice.code import Codes as NoticeCodes
from myschool_identity.notice.post import Post
from myschool_identity.notice.repository import LetterRepository, NoticeRepository
from myschool_identity.notice.service import Notices
from myschool_identity.notice.servicer import NoticeServicer
from myschool_identity.pairing.code import Codes
from myschool_identity.pairing.limits import DeviceSessions
from myschool_identity.pairing.repository import PairingRepository
from myschool_identity.pairing.service import Pairings
from myschool_identity.pairing.servicer import PairingServicer
from myschool_identity.profile.repository import ProfileRepository
from myschool_identity.profile.service import Profiles
from myschool_identity.roster.repository import RosterRepository
from myschool_identity.servicer import IdentityServicer
from myschool_identity.session.repository import SessionRepository
from myschool_identity.session.service import Sessions
from myschool_identity.session.servicer import SessionServicer
from myschool_identity.settings import IdentitySettings
from myschool_identity.subject.repository import holding
from myschool_identity.token.repository import TokenRepository
from myschool_identity.token.service import Tokens
from myschool_identity.token.servicer import TokenServicer
from myschool_kit.service import App, Resources, Service
from myschool_privacy.audit.opened import opened
from myschool_privacy.envelope import EnvelopeCipher
from myschool_privacy.lookup import LookupHash
from myschool_privacy.subject.service import Subjects
from myschool_privacy.subject.servicer import adding


async def build(resources: Resources) -> App:
    """The graph of the service."""
    settings, database = cast("IdentitySettings", resources.settings), resources.database
    cipher = EnvelopeCipher(settings.key("field.key"))
    lookup = LookupHash(settings.key("lookup.key"))
    profiles = Profiles(ProfileRepository(cipher, lookup))
    subjects = Subjects(database, holding(cipher))
    erasures = Erasures(database, ErasureRepository(), subjects)
    audit = opened(resources)
    sessions = Sessions(database, SessionRepository())
    ledger = ConsentRepository()
    consents = Consents(database, ledger, PRESENT)
    blocking = Blocking(database, BlockingRepository(), sessions)
    accounts = Accounts(database, AccountRepository(), profiles, sessions, consents, blocking)
    matching = Matching(database, MatchingRepository(), profiles, sessions, blocking)
    devices = PairingRepository()
    pairings = Pairings(database, devices, Codes(lookup), sessions, consents, blocking, audit.log)
    limits = DeviceSessions(database, devices)
    servicer = IdentityServicer(accounts, consents, sessions)
    server = mail.opened(settings.smtp_url.get_secret_value(), settings.mail_from, f"{settings.gateway_url}/settings")
    notice_codes = NoticeCodes(lookup)
    notices = Notices(database, NoticeRepository(), cipher, notice_codes, sends=server is not None)
    records = AccountServicer(matching, Kids(database, KidsRepository(), profiles))
    return App(
        servicers=(
            partial(add_IdentityServiceServicer_to_server, servicer),
            partial(add_ConsentServiceServicer_to_server, ConsentServicer(consents, Ledger(database, ledger, PRESENT, audit.log))),
            partial(add_ErasureServiceServicer_to_server, ErasureServicer(erasures, limits)),
            partial(add_AccountServiceServicer_to_server, records),
            partial(add_BlockingServiceServicer_to_server, BlockingServicer(blocking)),
            adding(subjects),
            partial(add_SessionServiceServicer_to_server, SessionServicer(sessions)),
            partial(add_TokenServiceServicer_to_server, TokenServicer(Tokens(database, TokenRepository(), consents), limits)),
            partial(add_PairingServiceServicer_to_server, PairingServicer(pairings)),
            partial(add_NoticeServiceServicer_to_server, NoticeServicer(notices, limits)),
        ),
        handlers=handlers(RosterRepository()),
        background=(
            audit.sealer.run,
            erasures.run,
            *((Post(database, LetterRepository(), (cipher, notice_codes), server).run,) if server else ()),
        ),
    )


SERVICE = Service("identity", Path(__file__).parent, build, settings=IdentitySettings)
