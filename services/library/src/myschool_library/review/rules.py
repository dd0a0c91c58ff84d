"""When a verdict may be given, and what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from myschool_kit.errors import DomainError
from myschool_library.errors import CommentMissing, ItemChanged, ItemNotFound, ItemNotWaiting


@dataclass(frozen=True, slots=True)
class Decision:
    """An expert's verdict on the item version they read."""

    item_id: UUID
    approved: bool
    comment: str
    expected_version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The locked current row of an item."""

    item_id: UUID
    provider_id: str
    version: int
    latest: int
    status: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one decision: the item's new state, or the error that refused it."""

    item_id: UUID
    status: str
    version: int
    error: DomainError | None = None


def check(decision: Decision, item: Waiting | None) -> None:
    """Raises CommentMissing, ItemNotFound, ItemChanged or ItemNotWaiting."""
    if not decision.approved and not decision.comment.strip():
        raise CommentMissing
    if item is None:
        raise ItemNotFound("no such item")
    if decision.expected_version != item.version:
        raise ItemChanged("the item changed", current_version=item.version, current_status=item.status)
    if item.status != "SUBMITTED":
        raise ItemNotWaiting("the item has its verdict already", current_status=item.status)


def judge(decisions: Sequence[Decision], items: dict[UUID, Waiting]) -> list[Outcome]:
    """An outcome per decision, in order. A second decision on the same item meets what the first one left."""
    left = dict(items)
    outcomes = []
    for decision in decisions:
        item = left.get(decision.item_id)
        try:
            check(decision, item)
        except DomainError as error:
            outcomes.append(Outcome(decision.item_id, item.status if item else "", item.version if item else 0, error))
            continue
        if item is not None:
            status = "APPROVED" if decision.approved else "REJECTED"
            outcomes.append(Outcome(decision.item_id, status, item.version + 1))
            left[decision.item_id] = Waiting(item.item_id, item.provider_id, item.version + 1, item.latest, status)
    return outcomes
