"""One channel per service, opened at start; typed stubs over them."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from grpc_health.v1 import health_pb2_grpc

from myschool.analytics.v1 import analytics_pb2_grpc
from myschool.common.v1 import subject_pb2_grpc
from myschool.identity.v1 import (
    consent_pb2_grpc,
    erasure_pb2_grpc,
    identity_pb2_grpc,
    notice_pb2_grpc,
    pairing_pb2_grpc,
    session_pb2_grpc,
    token_pb2_grpc,
)
from myschool.journal.v1 import attendance_pb2_grpc, diary_pb2_grpc, gradebook_pb2_grpc, lesson_pb2_grpc, planning_pb2_grpc
from myschool.library.v1 import library_pb2_grpc
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool.roles.v1 import (
    accounts_pb2_grpc,
    duplicates_pb2_grpc,
    family_pb2_grpc,
    guardian_pb2_grpc,
    invitation_pb2_grpc,
    roles_pb2_grpc,
)
from myschool_gateway.breaker import Breaker, Guarded
from myschool_kit.client import open_channel
from myschool_kit.settings import Settings

NAMES = ("identity", "roles", "journal", "library", "messaging", "analytics")


@dataclass(frozen=True, slots=True)
class Services:
    """Stubs of every service the gateway calls."""

    identity: "identity_pb2_grpc.IdentityServiceAsyncStub"
    consent: "consent_pb2_grpc.ConsentServiceAsyncStub"
    session: "session_pb2_grpc.SessionServiceAsyncStub"
    token: "token_pb2_grpc.TokenServiceAsyncStub"
    notice: "notice_pb2_grpc.NoticeServiceAsyncStub"
    pairing: "pairing_pb2_grpc.PairingServiceAsyncStub"
    roles: "roles_pb2_grpc.RolesServiceAsyncStub"
    family: "family_pb2_grpc.FamilyServiceAsyncStub"
    guardian: "guardian_pb2_grpc.GuardianServiceAsyncStub"
    invitation: "invitation_pb2_grpc.InvitationServiceAsyncStub"
    gradebook: "gradebook_pb2_grpc.GradebookServiceAsyncStub"
    lesson: "lesson_pb2_grpc.LessonServiceAsyncStub"
    attendance: "attendance_pb2_grpc.AttendanceServiceAsyncStub"
    diary: "diary_pb2_grpc.DiaryServiceAsyncStub"
    planning: "planning_pb2_grpc.PlanningServiceAsyncStub"
    library: "library_pb2_grpc.LibraryServiceAsyncStub"
    chat: "messaging_pb2_grpc.ChatServiceAsyncStub"
    statistics: "analytics_pb2_grpc.StatisticsServiceAsyncStub"
    federation: "analytics_pb2_grpc.FederationServiceAsyncStub"
    accounts: "accounts_pb2_grpc.RegionAccountServiceAsyncStub"
    duplicates: "duplicates_pb2_grpc.DuplicateServiceAsyncStub"
    erasure: "erasure_pb2_grpc.ErasureServiceAsyncStub"
    subjects: Mapping[str, "subject_pb2_grpc.SubjectServiceAsyncStub"]
    health: Mapping[str, health_pb2_grpc.HealthStub]


async def open_services(settings: Settings, stack: AsyncExitStack) -> Services:
    """Opens the channels inside the running loop; the stack closes them. Nothing is dialled until the first call."""
    opened: dict[str, Any] = {}
    for name in NAMES:
        opened[name] = await stack.enter_async_context(open_channel(settings.address_of(name), name, settings.certificates()))
    channels: dict[str, Any] = {name: Guarded(channel, Breaker(name)) for name, channel in opened.items()}
    journal = channels["journal"]
    return Services(
        identity=identity_pb2_grpc.IdentityServiceStub(channels["identity"]),
        consent=consent_pb2_grpc.ConsentServiceStub(channels["identity"]),
        session=session_pb2_grpc.SessionServiceStub(channels["identity"]),
        token=token_pb2_grpc.TokenServiceStub(channels["identity"]),
        notice=notice_pb2_grpc.NoticeServiceStub(channels["identity"]),
        pairing=pairing_pb2_grpc.PairingServiceStub(channels["identity"]),
        roles=roles_pb2_grpc.RolesServiceStub(channels["roles"]),
        family=family_pb2_grpc.FamilyServiceStub(channels["roles"]),
        guardian=guardian_pb2_grpc.GuardianServiceStub(channels["roles"]),
        invitation=invitation_pb2_grpc.InvitationServiceStub(channels["roles"]),
        gradebook=gradebook_pb2_grpc.GradebookServiceStub(journal),
        lesson=lesson_pb2_grpc.LessonServiceStub(journal),
        attendance=attendance_pb2_grpc.AttendanceServiceStub(journal),
        diary=diary_pb2_grpc.DiaryServiceStub(journal),
        planning=planning_pb2_grpc.PlanningServiceStub(journal),
        library=library_pb2_grpc.LibraryServiceStub(channels["library"]),
        chat=messaging_pb2_grpc.ChatServiceStub(channels["messaging"]),
        statistics=analytics_pb2_grpc.StatisticsServiceStub(channels["analytics"]),
        federation=analytics_pb2_grpc.FederationServiceStub(channels["analytics"]),
        accounts=accounts_pb2_grpc.RegionAccountServiceStub(channels["roles"]),
        duplicates=duplicates_pb2_grpc.DuplicateServiceStub(channels["roles"]),
        erasure=erasure_pb2_grpc.ErasureServiceStub(channels["identity"]),
        subjects={name: subject_pb2_grpc.SubjectServiceStub(channel) for name, channel in channels.items()},
        # Not guarded: they are the way to know.
        health={name: health_pb2_grpc.HealthStub(channel) for name, channel in opened.items()},
    )
