"""gRPC face of AccountService: proto in, use case, proto out."""

from uuid import UUID

from myschool.identity.v1 import account_pb2 as pb
from myschool.identity.v1 import account_pb2_grpc
from myschool_identity.matching.service import Matching
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound
from myschool_kit.ids import is_uuid


class AccountServicer(account_pb2_grpc.AccountServiceServicer):
    """All methods of AccountService."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching

    async def GetOwnRecords(self, request: pb.GetOwnRecordsRequest, context: object) -> pb.GetOwnRecordsResponse:
        """See the proto."""
        caller = principal().person_id
        if not is_uuid(caller):
            raise NotFound("no such person")
        return pb.GetOwnRecordsResponse(record_ids=[str(record) for record in await self._matching.own_records(UUID(caller))])

    async def LinkRecord(self, request: pb.LinkRecordRequest, context: object) -> pb.LinkRecordResponse:
        """See the proto."""
        author = (principal().person_id, principal().role_type)
        await self._matching.link(unit_of_work(), UUID(request.person_id), UUID(request.record_id), author)
        return pb.LinkRecordResponse()

    async def MergeRecords(self, request: pb.MergeRecordsRequest, context: object) -> pb.MergeRecordsResponse:
        """See the proto."""
        author = (principal().person_id, principal().role_type)
        merge_id = await self._matching.merge(unit_of_work(), UUID(request.record_id), UUID(request.merged_id), author)
        return pb.MergeRecordsResponse(merge_id=str(merge_id))

    async def UnlinkRecord(self, request: pb.UnlinkRecordRequest, context: object) -> pb.UnlinkRecordResponse:
        """See the proto."""
        author = (principal().person_id, principal().role_type)
        await self._matching.unlink(unit_of_work(), UUID(request.merge_id), author)
        return pb.UnlinkRecordResponse()
