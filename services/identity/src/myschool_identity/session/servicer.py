"""SessionService: proto ↔ use cases."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import session_pb2 as pb
from myschool.identity.v1 import session_pb2_grpc
from myschool_identity.session.service import Sessions
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class SessionServicer(session_pb2_grpc.SessionServiceServicer):
    """Thin."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def ListSignIns(self, request: pb.ListSignInsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        body = await self._sessions.sign_ins(_caller(), principal().session_id, request.page_size, request.page_token)
        return json_pb2.JsonReply(body=body)

    async def EndAllSessions(self, request: pb.EndAllSessionsRequest, context: object) -> pb.EndAllSessionsResponse:
        """See the proto."""
        return pb.EndAllSessionsResponse(ended=await self._sessions.end_all(unit_of_work(), _caller()))

    async def GetOwnSession(self, request: pb.GetOwnSessionRequest, context: object) -> pb.GetOwnSessionResponse:
        """See the proto."""
        return pb.GetOwnSessionResponse(end_reason=await self._sessions.end_reason(principal().session_id, _caller()))


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error
