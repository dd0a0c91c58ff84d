"""NoticeService: proto ↔ use cases."""

from uuid import UUID

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import notice_pb2 as pb
from myschool.identity.v1 import notice_pb2_grpc
from myschool_identity.notice.service import Notices
from myschool_identity.pairing.limits import DeviceSessions
from myschool_kit.context import principal, unit_of_work
from myschool_kit.errors import NotFound


class NoticeServicer(notice_pb2_grpc.NoticeServiceServicer):
    """Thin. A child's device changes nothing: what it added would outlive it."""

    def __init__(self, notices: Notices, devices: DeviceSessions) -> None:
        self._notices = notices
        self._devices = devices

    async def GetNotices(self, request: pb.GetNoticesRequest, context: object) -> json_pb2.JsonReply:
        """See the proto."""
        return json_pb2.JsonReply(body=await self._notices.look(_caller()))

    async def AddAddress(self, request: pb.AddAddressRequest, context: object) -> pb.AddAddressResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        return pb.AddAddressResponse(id=str(await self._notices.add(unit_of_work(), _caller(), request.address)))

    async def SendCode(self, request: pb.SendCodeRequest, context: object) -> pb.SendCodeResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        await self._notices.send_code(unit_of_work(), _caller(), UUID(request.id))
        return pb.SendCodeResponse()

    async def ConfirmAddress(self, request: pb.ConfirmAddressRequest, context: object) -> pb.ConfirmAddressResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        confirmed, left = await self._notices.confirm(unit_of_work(), _caller(), UUID(request.id), request.code)
        return pb.ConfirmAddressResponse(confirmed=confirmed, tries_left=left)

    async def ChangeKinds(self, request: pb.ChangeKindsRequest, context: object) -> pb.ChangeKindsResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        version = await self._notices.change_kinds(
            unit_of_work(), _caller(), UUID(request.id), list(request.kinds), request.expected_version
        )
        return pb.ChangeKindsResponse(version=version)

    async def RemoveAddress(self, request: pb.RemoveAddressRequest, context: object) -> pb.RemoveAddressResponse:
        """See the proto."""
        await self._devices.refuse(principal().session_id)
        await self._notices.remove(unit_of_work(), _caller(), UUID(request.id))
        return pb.RemoveAddressResponse()


def _caller() -> UUID:
    try:
        return UUID(principal().person_id)
    except ValueError as error:
        raise NotFound("no such person") from error
