"""Records of accounts, kept by the identity service."""

from uuid import UUID

from myschool.identity.v1 import account_pb2, account_pb2_grpc
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError, kind_of

_AWAY = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


class Records:
    """Asks identity whose records may be the caller's, and gives one to an account."""

    def __init__(self, stub: "account_pb2_grpc.AccountServiceAsyncStub") -> None:
        self._stub = stub

    async def own(self) -> list[UUID] | None:
        """People of the caller's name and day of birth whom nobody has claimed; None while identity is away."""
        try:
            reply = await call(self._stub.GetOwnRecords, account_pb2.GetOwnRecordsRequest())
        except RemoteError as error:
            if kind_of(error) in _AWAY:
                return None
            if kind_of(error) is Kind.NOT_FOUND:
                return []
            raise
        return [UUID(record) for record in reply.record_ids]

    async def link(self, person_id: UUID, record_id: UUID) -> None:
        """The account's person is the record from now on; repeating is harmless. Raises RemoteError when identity refuses."""
        await call(self._stub.LinkRecord, account_pb2.LinkRecordRequest(person_id=str(person_id), record_id=str(record_id)))
