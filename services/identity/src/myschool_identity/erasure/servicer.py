"""gRPC face of the slice."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import erasure_pb2, erasure_pb2_grpc
from myschool_identity.erasure.service import Erasures
from myschool_identity.pairing.limits import DeviceSessions
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class ErasureServicer(erasure_pb2_grpc.ErasureServiceServicer):
    """All methods of ErasureService."""

    def __init__(self, erasures: Erasures, devices: DeviceSessions) -> None:
        self._erasures = erasures
        self._devices = devices

    async def GetErasure(self, request: erasure_pb2.GetErasureRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._erasures.look(_caller()))

    async def RequestErasure(self, request: erasure_pb2.RequestErasureRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        return json_pb2.JsonReply(body=await self._erasures.ask(unit_of_work(), _caller()))

    async def CancelErasure(self, request: erasure_pb2.CancelErasureRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._erasures.cancel(unit_of_work(), _caller(), UUID(request.request_id)))


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error
