"""PairingService: proto ↔ use cases."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import pairing_pb2 as pb
from myschool.identity.v1 import pairing_pb2_grpc
from myschool_identity.pairing.service import Paired, Pairings
from myschool_kit import clock
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class PairingServicer(pairing_pb2_grpc.PairingServiceServicer):
    """Thin."""

    def __init__(self, pairings: Pairings) -> None:
        self._pairings = pairings

    async def CreatePairing(self, request: pb.CreatePairingRequest, context: object) -> pb.CreatePairingResponse:
        """See the proto."""
        pairing_id, child_id = UUID(request.pairing_id), UUID(request.child_id)
        code, expires_at = await self._pairings.create(unit_of_work(), _caller(), pairing_id, child_id, request.device_name)
        return pb.CreatePairingResponse(code=code, expires_at_ms=clock.epoch_ms(expires_at))

    async def GetPairings(self, request: pb.GetPairingsRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._pairings.of_child(_caller(), UUID(request.child_id)))

    async def RevokePairing(self, request: pb.RevokePairingRequest, context: object) -> pb.PairingEnded:
        """See the proto."""
        ended = await self._pairings.revoke(unit_of_work(), _caller(), UUID(request.child_id), UUID(request.pairing_id))
        return pb.PairingEnded(session_ids=[str(session_id) for session_id in ended])

    async def RedeemPairing(self, request: pb.RedeemPairingRequest, context: object) -> pb.PairedSession:
        """See the proto."""
        session_id, secret_hash = UUID(request.session_id), bytes.fromhex(request.device_secret_hash)
        return _paired(await self._pairings.redeem(unit_of_work(), request.code, session_id, request.device, secret_hash))

    async def ResumePairing(self, request: pb.ResumePairingRequest, context: object) -> pb.PairedSession:
        """See the proto."""
        session_id, secret_hash = UUID(request.session_id), bytes.fromhex(request.device_secret_hash)
        return _paired(await self._pairings.resume(unit_of_work(), secret_hash, session_id, request.device))

    async def ForgetPairing(self, request: pb.ForgetPairingRequest, context: object) -> pb.PairingEnded:
        """See the proto."""
        ended = await self._pairings.forget(unit_of_work(), bytes.fromhex(request.device_secret_hash))
        return pb.PairingEnded(session_ids=[str(session_id) for session_id in ended])

    async def GetPairedDevice(self, request: pb.GetPairedDeviceRequest, context: object) -> pb.GetPairedDeviceResponse:
        """See the proto."""
        return pb.GetPairedDeviceResponse(given_name=await self._pairings.given_name(bytes.fromhex(request.device_secret_hash)))

    async def CheckPairing(self, request: pb.CheckPairingRequest, context: object) -> pb.CheckPairingResponse:
        """See the proto."""
        return pb.CheckPairingResponse(live=await self._pairings.is_live(UUID(request.pairing_id)))


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error


def _paired(paired: Paired) -> pb.PairedSession:
    return pb.PairedSession(
        pairing_id=str(paired.pairing_id),
        person_id=str(paired.person_id),
        display_name=paired.display_name,
        missing_consents=paired.missing_consents,
    )
