"""One channel per service, opened at start; typed stubs over them."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import grpc

from myschool.analytics.v1 import analytics_pb2_grpc
from myschool.identity.v1 import identity_pb2_grpc
from myschool.journal.v1 import attendance_pb2_grpc, diary_pb2_grpc, gradebook_pb2_grpc, lesson_pb2_grpc, planning_pb2_grpc
from myschool.library.v1 import library_pb2_grpc
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool.roles.v1 import roles_pb2_grpc
from myschool_kit.client import open_channel
from myschool_kit.settings import Settings

NAMES = ("identity", "roles", "journal", "library", "messaging", "analytics")


@dataclass(frozen=True, slots=True)
class Services:
    """Stubs of every service the gateway calls."""

    identity: "identity_pb2_grpc.IdentityServiceAsyncStub"
    roles: "roles_pb2_grpc.RolesServiceAsyncStub"
    gradebook: "gradebook_pb2_grpc.GradebookServiceAsyncStub"
    lesson: "lesson_pb2_grpc.LessonServiceAsyncStub"
    attendance: "attendance_pb2_grpc.AttendanceServiceAsyncStub"
    diary: "diary_pb2_grpc.DiaryServiceAsyncStub"
    planning: "planning_pb2_grpc.PlanningServiceAsyncStub"
    library: "library_pb2_grpc.LibraryServiceAsyncStub"
    chat: "messaging_pb2_grpc.ChatServiceAsyncStub"
    statistics: "analytics_pb2_grpc.StatisticsServiceAsyncStub"


async def open_services(settings: Settings, stack: AsyncExitStack) -> Services:
    """Opens the channels inside the running loop; the stack closes them. Nothing is dialled until the first call."""
    channels: dict[str, grpc.aio.Channel] = {}
    for name in NAMES:
        channels[name] = await stack.enter_async_context(open_channel(settings.address_of(name)))
    journal = channels["journal"]
    return Services(
        identity=identity_pb2_grpc.IdentityServiceStub(channels["identity"]),
        roles=roles_pb2_grpc.RolesServiceStub(channels["roles"]),
        gradebook=gradebook_pb2_grpc.GradebookServiceStub(journal),
        lesson=lesson_pb2_grpc.LessonServiceStub(journal),
        attendance=attendance_pb2_grpc.AttendanceServiceStub(journal),
        diary=diary_pb2_grpc.DiaryServiceStub(journal),
        planning=planning_pb2_grpc.PlanningServiceStub(journal),
        library=library_pb2_grpc.LibraryServiceStub(channels["library"]),
        chat=messaging_pb2_grpc.ChatServiceStub(channels["messaging"]),
        statistics=analytics_pb2_grpc.StatisticsServiceStub(channels["analytics"]),
    )
