"""gRPC face of AccountService: proto in, use case, proto out."""

from uuid import UUID

from myschool.identity.v1 import account_pb2 as pb
from myschool.identity.v1 import account_pb2_grpc
from myschool_identity.kids.service import Card, Kids
from myschool_identity.matching.service import Matching
from myschool_kit.clock import epoch_ms
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound
from myschool_kit.ids import is_uuid


class AccountServicer(account_pb2_grpc.AccountServiceServicer):
    """All methods of AccountService."""

    def __init__(self, matching: Matching, kids: Kids) -> None:
        self._matching = matching
        self._kids = kids

    async def GetOwnRecords(self, request: pb.GetOwnRecordsRequest, context: object) -> pb.GetOwnRecordsResponse:
        """See the proto."""
        return pb.GetOwnRecordsResponse(record_ids=[str(record) for record in await self._matching.own_records(_caller())])

    async def GetOwnKids(self, request: pb.GetOwnKidsRequest, context: object) -> pb.GetOwnKidsResponse:
        """See the proto."""
        told_at, kids = await self._kids.own(_caller())
        return pb.GetOwnKidsResponse(
            kids=[
                pb.OwnKid(
                    key=key,
                    family_name=kid.family_name,
                    given_name=kid.given_name,
                    middle_name=kid.middle_name,
                    birth_date=kid.birth_date,
                    person_id=str(person_id or ""),
                )
                for key, kid, person_id in kids
            ],
            told_at_ms=0 if told_at is None else epoch_ms(told_at),
        )

    async def CheckChildCard(self, request: pb.CheckChildCardRequest, context: object) -> pb.CheckChildCardResponse:
        """See the proto."""
        card = Card(request.family_name, request.birth_date, request.snils, request.certificate_series, request.certificate_number)
        person_id, certificate_known = await self._kids.check(_caller(), card)
        return pb.CheckChildCardResponse(person_id=str(person_id or ""), certificate_known=certificate_known)

    async def CheckAccount(self, request: pb.CheckAccountRequest, context: object) -> pb.CheckAccountResponse:
        """See the proto."""
        return pb.CheckAccountResponse(signs_in=await self._kids.signs_in(UUID(request.person_id)))

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


def _caller() -> UUID:
    caller = principal().person_id
    if not is_uuid(caller):
        raise NotFound("no such person")
    return UUID(caller)
