"""When a verdict may be given."""

from uuid import uuid4

from myschool_library.review.rules import Decision, Waiting, judge


def waiting(version: int = 1, status: str = "SUBMITTED") -> Waiting:
    return Waiting(uuid4(), "p", version, 1, status)


def test_each_decision_has_its_own_outcome() -> None:
    good, changed, done = waiting(), waiting(3), waiting(2, "APPROVED")
    decisions = [
        Decision(good.item_id, True, "", 1),
        Decision(changed.item_id, True, "", 1),
        Decision(done.item_id, True, "", 2),
        Decision(uuid4(), True, "", 1),
        Decision(good.item_id, False, " ", 2),
    ]
    outcomes = judge(decisions, {item.item_id: item for item in (good, changed, done)})
    reasons = [outcome.error.reason if outcome.error else "" for outcome in outcomes]
    assert reasons == ["", "ITEM_CHANGED", "ITEM_NOT_WAITING", "ITEM_NOT_FOUND", "COMMENT_MISSING"]
    assert (outcomes[0].status, outcomes[0].version) == ("APPROVED", 2)


def test_second_decision_on_one_item_meets_the_first() -> None:
    item = waiting()
    outcomes = judge([Decision(item.item_id, True, "", 1)] * 2, {item.item_id: item})
    assert [outcome.error.reason if outcome.error else "" for outcome in outcomes] == ["", "ITEM_CHANGED"]
