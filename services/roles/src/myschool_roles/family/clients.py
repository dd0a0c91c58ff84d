"""Records of accounts, kept by the identity service."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from myschool.identity.v1 import account_pb2, account_pb2_grpc
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError, kind_of
from myschool_roles.family.rules import Card, Wish

_AWAY = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


@dataclass(frozen=True, slots=True)
class Kid:
    """A child whom Госуслуги named on `told_day`; `person_id` is the person with the same СНИЛС."""

    key: str
    full_name: str
    birth_day: date | None
    person_id: UUID | None
    told_day: date


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

    async def kids(self) -> list[Kid]:
        """The caller's children as Госуслуги named them. Raises RemoteError while identity is away."""
        try:
            reply = await call(self._stub.GetOwnKids, account_pb2.GetOwnKidsRequest())
        except RemoteError as error:
            if kind_of(error) is Kind.NOT_FOUND:
                return []
            raise
        day = datetime.fromtimestamp(reply.told_at_ms / 1000, UTC).date()
        return [
            Kid(
                key=kid.key,
                full_name=" ".join(filter(None, (kid.family_name, kid.given_name, kid.middle_name))),
                birth_day=date.fromisoformat(kid.birth_date) if kid.birth_date else None,
                person_id=UUID(kid.person_id) if kid.person_id else None,
                told_day=day,
            )
            for kid in reply.kids
        ]

    async def kids_or_none(self) -> list[Kid] | None:
        """The same; None while identity is away."""
        try:
            return await self.kids()
        except RemoteError as error:
            if kind_of(error) in _AWAY:
                return None
            raise

    async def compare(self, wish: Wish, card: Card) -> tuple[UUID | None, bool]:
        """The person whom the card's СНИЛС fits, and whether Госуслуги named its certificate. Raises RemoteError, also for bad numbers."""
        request = account_pb2.CheckChildCardRequest(
            family_name=wish.child_name.split(" ")[0],
            birth_date=wish.child_birth_day.isoformat() if wish.child_birth_day else "",
            snils=card.snils,
            certificate_series=card.certificate_series,
            certificate_number=card.certificate_number,
        )
        reply = await call(self._stub.CheckChildCard, request)
        return UUID(reply.person_id) if reply.person_id else None, reply.certificate_known

    async def signs_in(self, person_id: UUID) -> bool:
        """Whether somebody signs in as this person. Raises RemoteError."""
        reply = await call(self._stub.CheckAccount, account_pb2.CheckAccountRequest(person_id=str(person_id)))
        return reply.signs_in
