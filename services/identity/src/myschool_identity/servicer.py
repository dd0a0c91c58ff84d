"""gRPC face of the service: proto in, use case, proto out."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import identity_pb2 as pb
from myschool.identity.v1 import identity_pb2_grpc
from myschool_identity.account.service import Accounts, Newcomer
from myschool_identity.consent.service import Actor, Answer, Consents
from myschool_identity.session.service import Sessions
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class IdentityServicer(identity_pb2_grpc.IdentityServiceServicer):
    """All methods of IdentityService."""

    def __init__(self, accounts: Accounts, consents: Consents, sessions: Sessions) -> None:
        self._accounts = accounts
        self._consents = consents
        self._sessions = sessions

    async def SignIn(self, request: pb.SignInRequest, context: object) -> pb.SignInResponse:
        """See the proto."""
        signed_in = await self._accounts.sign_in(unit_of_work(), request.esia_oid, UUID(request.session_id), request.device)
        return pb.SignInResponse(
            person_id=str(signed_in.person_id),
            display_name=signed_in.display_name,
            created=signed_in.created,
            missing_consents=signed_in.missing_consents,
            trusted=signed_in.trusted,
        )

    async def SignOut(self, request: pb.SignOutRequest, context: object) -> pb.SignOutResponse:
        """See the proto."""
        await self._sessions.end(unit_of_work(), UUID(request.session_id), request.reason)
        return pb.SignOutResponse()

    async def GetProfile(self, request: pb.GetProfileRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._accounts.profile(_caller()))

    async def GetMissingConsents(self, request: pb.GetMissingConsentsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._consents.asked(_caller()))

    async def GiveConsents(self, request: pb.GiveConsentsRequest, context: object) -> pb.GiveConsentsResponse:
        """See the proto."""
        caller = principal()
        actor = Actor(_caller(), caller.display_name, caller.session_id)
        answers = [Answer(actor.person_id, consent.purpose, consent.version, declined=False) for consent in request.consents]
        missing = await self._consents.answer(unit_of_work(), actor, answers)
        return pb.GiveConsentsResponse(missing_consents=missing[actor.person_id])

    async def ListSessions(self, request: pb.ListSessionsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._sessions.open_of(_caller(), principal().session_id))

    async def EndSession(self, request: pb.EndSessionRequest, context: object) -> pb.EndSessionResponse:
        """See the proto."""
        await self._sessions.end_own(unit_of_work(), UUID(request.session_id), _caller())
        return pb.EndSessionResponse()

    async def RegisterPeople(self, request: pb.RegisterPeopleRequest, context: object) -> pb.RegisterPeopleResponse:
        """See the proto."""
        people = [
            Newcomer(
                key=person.key,
                family_name=person.family_name,
                given_name=person.given_name,
                middle_name=person.middle_name,
                birth_date=person.birth_date,
                snils=person.snils,
            )
            for person in request.people
        ]
        registered = await self._accounts.register(unit_of_work(), people)
        return pb.RegisterPeopleResponse(
            people=[pb.RegisteredPerson(key=person.key, person_id=str(person.person_id), created=person.created) for person in registered]
        )


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error
