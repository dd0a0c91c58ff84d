"""BlockingService: proto ↔ use cases."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import blocking_pb2 as pb
from myschool.identity.v1 import blocking_pb2_grpc
from myschool_identity.blocking.repository import Change
from myschool_identity.blocking.service import Blocking
from myschool_kit import clock
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import Invalid, Violation

_PREFIX = "BLOCK_REASON_"


class BlockingServicer(blocking_pb2_grpc.BlockingServiceServicer):
    """Thin."""

    def __init__(self, blocking: Blocking) -> None:
        self._blocking = blocking

    async def GetAccountStates(self, request: pb.GetAccountStatesRequest, context: object) -> pb.GetAccountStatesResponse:
        """See the proto."""
        known = await self._blocking.states([UUID(person_id) for person_id in request.person_ids])
        answer = pb.GetAccountStatesResponse()
        for person_id in request.person_ids:
            row = known.get(UUID(person_id))
            state = answer.states.add(person_id=person_id)
            if row is not None:
                state.has_account, state.version = row["has_account"], row["version"]
                state.blocked = pb.BlockReason.Value(_PREFIX + (row["reason"] or "UNSPECIFIED"))
                state.last_sign_in_ms, state.blocked_at_ms = row["last_sign_in_ms"], row["blocked_at_ms"]
        return answer

    async def GetBlockedPeople(self, request: pb.GetBlockedPeopleRequest, context: object) -> pb.GetBlockedPeopleResponse:
        """See the proto."""
        return pb.GetBlockedPeopleResponse(person_ids=[str(person_id) for person_id in await self._blocking.blocked_now()])

    async def GetBlockHistory(self, request: pb.GetBlockHistoryRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._blocking.history(UUID(request.person_id)))

    async def BlockAccount(self, request: pb.BlockAccountRequest, context: object) -> pb.BlockReply:
        """See the proto."""
        if request.reason == pb.BLOCK_REASON_UNSPECIFIED:
            raise Invalid("a reason is needed", violations=[Violation("reason", "name the reason")])
        change = _change(request.words, pb.BlockReason.Name(request.reason).removeprefix(_PREFIX), blocked=True)
        version = await self._blocking.block(unit_of_work(), UUID(request.person_id), change, request.expected_version)
        return pb.BlockReply(version=version)

    async def UnblockAccount(self, request: pb.UnblockAccountRequest, context: object) -> pb.BlockReply:
        """See the proto."""
        change = _change(request.words, "", blocked=False)
        version = await self._blocking.unblock(unit_of_work(), UUID(request.person_id), change, request.expected_version)
        return pb.BlockReply(version=version)


def _change(words: str, reason: str, *, blocked: bool) -> Change:
    caller = principal()
    return Change(blocked, reason, words, (caller.person_id, caller.display_name, caller.role_type), clock.now())
