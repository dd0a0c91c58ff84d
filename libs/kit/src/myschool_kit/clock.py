"""The only place that reads the clock, so that tests and rules can be given a time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(tz=UTC)


def epoch_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime."""
    return int(moment.timestamp() * 1000)


def school_day(time_zone: str, moment: datetime | None = None) -> date:
    """The calendar day at a school whose IANA zone is given."""
    return (moment or now()).astimezone(ZoneInfo(time_zone)).date()
