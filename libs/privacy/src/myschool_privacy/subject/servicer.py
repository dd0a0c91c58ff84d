"""gRPC face of the contract, and the handler of the event: the same in every service."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import grpc

from myschool.common.v1 import json_pb2, subject_pb2, subject_pb2_grpc
from myschool.identity.events.v1 import identity_events_pb2
from myschool_kit.consumer import Event, Handlers
from myschool_kit.context import principal
from myschool_kit.db import UnitOfWork
from myschool_kit.errors import NotFound
from myschool_privacy.subject.service import Subjects


class SubjectServicer(subject_pb2_grpc.SubjectServiceServicer):
    """All methods of SubjectService."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    async def ListAccess(self, request: subject_pb2.ListAccessRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(
            body=await self._subjects.looks(_caller(), UUID(request.subject_id), request.page_size, request.page_token)
        )

    async def GetSubjectData(self, request: subject_pb2.GetSubjectDataRequest, context: object) -> subject_pb2.GetSubjectDataResponse:
        """See the proto."""
        part, rows, following = await self._subjects.data(_caller(), request.page_token)
        name, title = ("", "") if part is None else (part.name, part.title)
        return subject_pb2.GetSubjectDataResponse(part=name, title=title, rows=rows, next_page_token=following)

    async def GetErasurePlan(self, request: subject_pb2.GetErasurePlanRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._subjects.plan(_caller()))


def adding(subjects: Subjects) -> Callable[[grpc.aio.Server], None]:
    """What an App adds to its server."""
    return partial(subject_pb2_grpc.add_SubjectServiceServicer_to_server, SubjectServicer(subjects))


def also_erasing(handlers: Handlers, topic: str, subjects: Subjects) -> Handlers:
    """The service's table of events with the erasure of people beside the rest."""

    async def due(uow: UnitOfWork, message: identity_events_pb2.SubjectErasureDue, _event: Event) -> None:
        await subjects.erase(uow, UUID(message.request_id), UUID(message.person_id))

    erasing = Handlers.of([topic], {identity_events_pb2.SubjectErasureDue: due})
    return Handlers(handlers.topics | erasing.topics, {**handlers.by_type, **erasing.by_type})


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error
