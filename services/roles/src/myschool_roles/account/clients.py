"""Accounts, kept by the identity service."""

from collections.abc import Sequence
from uuid import UUID

from myschool.identity.v1 import account_pb2, account_pb2_grpc, blocking_pb2, blocking_pb2_grpc
from myschool_kit.client import call
from myschool_roles.account.model import AccountState

_PREFIX = "BLOCK_REASON_"


class AccountBook:
    """Asks identity about accounts and tells it what was decided here. Every method raises RemoteError when identity refuses or is away."""

    def __init__(
        self, blocking: "blocking_pb2_grpc.BlockingServiceAsyncStub", accounts: "account_pb2_grpc.AccountServiceAsyncStub"
    ) -> None:
        self._blocking = blocking
        self._accounts = accounts

    async def states(self, people: Sequence[UUID]) -> dict[UUID, AccountState]:
        """What is known of the accounts of at most two hundred people."""
        if not people:
            return {}
        request = blocking_pb2.GetAccountStatesRequest(person_ids=[str(person) for person in people])
        return {UUID(state.person_id): _state(state) for state in (await call(self._blocking.GetAccountStates, request)).states}

    async def blocked_now(self) -> list[UUID]:
        """Who is blocked, the latest first, at most a thousand."""
        reply = await call(self._blocking.GetBlockedPeople, blocking_pb2.GetBlockedPeopleRequest())
        return [UUID(person) for person in reply.person_ids]

    async def history(self, person_id: UUID) -> bytes:
        """JSON of every block of the person and its end."""
        return (await call(self._blocking.GetBlockHistory, blocking_pb2.GetBlockHistoryRequest(person_id=str(person_id)))).body

    async def block(self, person_id: UUID, reason: str, words: str, expected: int) -> int:
        """The next version."""
        request = blocking_pb2.BlockAccountRequest(
            person_id=str(person_id), reason=blocking_pb2.BlockReason.Value(_PREFIX + reason), words=words, expected_version=expected
        )
        return (await call(self._blocking.BlockAccount, request)).version

    async def unblock(self, person_id: UUID, words: str, expected: int) -> int:
        """The next version."""
        request = blocking_pb2.UnblockAccountRequest(person_id=str(person_id), words=words, expected_version=expected)
        return (await call(self._blocking.UnblockAccount, request)).version

    async def merge(self, person_id: UUID, merged_id: UUID) -> UUID:
        """The merge by which the merged one is the person; the same again when repeated."""
        request = account_pb2.MergeRecordsRequest(record_id=str(person_id), merged_id=str(merged_id))
        return UUID((await call(self._accounts.MergeRecords, request)).merge_id)

    async def unlink(self, merge_id: UUID) -> None:
        """The merged one is a person of their own again; repeating is harmless."""
        await call(self._accounts.UnlinkRecord, account_pb2.UnlinkRecordRequest(merge_id=str(merge_id)))


def _state(state: blocking_pb2.AccountState) -> AccountState:
    blocked = blocking_pb2.BlockReason.Name(state.blocked).removeprefix(_PREFIX) if state.blocked else ""
    return AccountState(state.has_account, blocked, state.version, state.last_sign_in_ms, state.blocked_at_ms)
