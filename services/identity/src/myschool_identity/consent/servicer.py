"""ConsentService: proto ↔ use cases."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import consent_pb2 as pb
from myschool.identity.v1 import consent_pb2_grpc
from myschool_identity.consent.ledger import Ledger
from myschool_identity.consent.service import Actor, Answer, Consents
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class ConsentServicer(consent_pb2_grpc.ConsentServiceServicer):
    """Thin."""

    def __init__(self, consents: Consents, ledger: Ledger) -> None:
        self._consents = consents
        self._ledger = ledger

    async def GetAskedConsents(self, request: pb.GetAskedConsentsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._consents.asked(_caller()))

    async def CheckConsents(self, request: pb.CheckConsentsRequest, context: object) -> pb.CheckConsentsResponse:
        """See the proto."""
        return pb.CheckConsentsResponse(missing_consents=await self._consents.check(_caller()))

    async def AnswerConsents(self, request: pb.AnswerConsentsRequest, context: object) -> pb.ConsentsChanged:
        """See the proto."""
        answers = [Answer(_subject(one.subject_id), one.purpose, one.version, one.declined) for one in request.answers]
        return _changed(await self._consents.answer(unit_of_work(), _actor(), answers))

    async def WithdrawConsent(self, request: pb.WithdrawConsentRequest, context: object) -> pb.ConsentsChanged:
        """See the proto."""
        return _changed(await self._consents.withdraw(unit_of_work(), _actor(), _subject(request.subject_id), request.purpose))

    async def GetConsentBook(self, request: pb.GetConsentBookRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._ledger.book(_caller()))

    async def ListConsentFacts(self, request: pb.ListConsentFactsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        body = await self._ledger.facts(_caller(), _subject(request.subject_id), request.page_size, request.page_token)
        return json_pb2.JsonReply(body=body)

    async def ExportConsents(self, request: pb.ExportConsentsRequest, context: object) -> pb.ExportConsentsResponse:
        """See the proto."""
        content, file_name = await self._ledger.export(_caller(), _subject(request.subject_id))
        return pb.ExportConsentsResponse(content=content, file_name=file_name)


def _actor() -> Actor:
    caller = principal()
    return Actor(_caller(), caller.display_name, caller.session_id)


def _caller() -> UUID:
    return _id(principal().person_id)


def _subject(text: str) -> UUID:
    return _id(text) if text else _caller()


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("no such person") from error


def _changed(missing: Mapping[UUID, Sequence[str]]) -> pb.ConsentsChanged:
    people = [pb.PersonMissing(person_id=str(person), missing_consents=purposes) for person, purposes in missing.items()]
    return pb.ConsentsChanged(people=people)
