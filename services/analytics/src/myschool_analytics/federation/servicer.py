"""proto ↔ service for the federal plane."""

from myschool.analytics.v1 import analytics_pb2, analytics_pb2_grpc
from myschool.common.v1 import json_pb2
from myschool_analytics.federation.service import Federation
from myschool_kit.replies import json_reply


class FederationServicer(analytics_pb2_grpc.FederationServiceServicer):
    """FederationService of analytics.proto."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation

    async def GetFederation(self, request: analytics_pb2.GetFederationRequest, _context: object) -> json_pb2.JsonReply:
        """See analytics.proto."""
        return json_reply(await self._federation.overview(request.first_day))
