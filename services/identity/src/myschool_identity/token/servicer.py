"""TokenService: proto ↔ use cases."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import token_pb2 as pb
from myschool.identity.v1 import token_pb2_grpc
from myschool_identity.pairing.limits import DeviceSessions
from myschool_identity.token.service import Tokens
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    """Thin."""

    def __init__(self, tokens: Tokens, devices: DeviceSessions) -> None:
        self._tokens = tokens
        self._devices = devices

    async def CreateToken(self, request: pb.CreateTokenRequest, context: object) -> pb.CreateTokenResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        role, token_hash = _id(principal().role_id), bytes.fromhex(request.token_hash)
        token_id, expires = await self._tokens.create(unit_of_work(), _caller(), role, request.name, request.days, token_hash)
        return pb.CreateTokenResponse(id=str(token_id), expires_at_ms=expires)

    async def GetTokens(self, request: pb.GetTokensRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._tokens.of_person(_caller()))

    async def RevokeToken(self, request: pb.RevokeTokenRequest, context: object) -> pb.RevokeTokenResponse:
        """See the proto."""
        return pb.RevokeTokenResponse(token_hash=(await self._tokens.revoke(unit_of_work(), _caller(), UUID(request.id))).hex())

    async def ResolveToken(self, request: pb.ResolveTokenRequest, context: object) -> pb.ResolveTokenResponse:
        """See the proto."""
        holder = await self._tokens.resolve(unit_of_work(), bytes.fromhex(request.token_hash))
        return pb.ResolveTokenResponse(
            id=str(holder.token_id),
            person_id=str(holder.person_id),
            display_name=holder.display_name,
            role_id=str(holder.role_id),
            missing_consents=holder.missing_consents,
        )


def _caller() -> UUID:
    return _id(principal().person_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("no such person") from error
