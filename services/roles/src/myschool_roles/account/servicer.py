"""RegionAccountService: proto to use case and back. What each method promises is said in the proto file."""

# ruff: noqa: D102

from uuid import UUID

import grpc

from myschool.common.v1 import json_pb2
from myschool.identity.v1 import blocking_pb2
from myschool.roles.v1 import accounts_pb2 as pb
from myschool.roles.v1 import accounts_pb2_grpc
from myschool_kit.context import principal
from myschool_kit.errors import Invalid, Violation
from myschool_roles.account.service import Accounts

Context = grpc.aio.ServicerContext


class RegionAccountServicer(accounts_pb2_grpc.RegionAccountServiceServicer):
    """Thin: every decision is made in the service."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def ListAccounts(
        self, request: pb.ListAccountsRequest, context: "Context[pb.ListAccountsRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        asked = (principal(), request.query, request.page_size, request.page_token)
        return json_pb2.JsonReply(body=await self._accounts.list_page(*asked, blocked=request.blocked, never=request.never))

    async def GetAccountHistory(
        self, request: pb.GetAccountHistoryRequest, context: "Context[pb.GetAccountHistoryRequest, json_pb2.JsonReply]"
    ) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=await self._accounts.history(principal(), UUID(request.person_id)))

    async def BlockPerson(
        self, request: pb.BlockPersonRequest, context: "Context[pb.BlockPersonRequest, pb.AccountReply]"
    ) -> pb.AccountReply:
        if request.reason == blocking_pb2.BLOCK_REASON_UNSPECIFIED:
            raise Invalid("a reason is needed", violations=[Violation("reason", "name the reason")])
        reason = blocking_pb2.BlockReason.Name(request.reason).removeprefix("BLOCK_REASON_")
        wish = (UUID(request.person_id), reason, request.words, request.expected_version)
        return pb.AccountReply(version=await self._accounts.block(principal(), *wish))

    async def UnblockPerson(
        self, request: pb.UnblockPersonRequest, context: "Context[pb.UnblockPersonRequest, pb.AccountReply]"
    ) -> pb.AccountReply:
        wish = (UUID(request.person_id), request.words, request.expected_version)
        return pb.AccountReply(version=await self._accounts.unblock(principal(), *wish))
