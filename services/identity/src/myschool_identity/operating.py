"""An operator blocks or unblocks an account: a coordinator's too, and where nobody of the region is at hand."""

from uuid import UUID

from myschool_identity.blocking.repository import BlockingRepository, Change
from myschool_identity.blocking.rules import REASONS
from myschool_identity.blocking.service import Blocking
from myschool_identity.session.repository import SessionRepository
from myschool_identity.session.service import Sessions
from myschool_identity.settings import IdentitySettings
from myschool_kit import clock
from myschool_kit.db import Database
from myschool_kit.errors import DomainError
from myschool_kit.hints import Hints, open_redis
from myschool_kit.ids import is_uuid

_AUTHOR = ("", "", "SYSTEM")


class Refused(Exception):
    """Nothing was changed; its text says what to change."""


async def run(settings: IdentitySettings, person: str, reason: str, words: str, *, blocked: bool, url: str = "") -> int:
    """The next version of the account. `reason` is one of REASONS, empty for the end of a block. Raises Refused. `url`: for tests."""
    if not is_uuid(person):
        raise Refused("the person must be an id, as `register` answers it")
    if blocked and reason not in REASONS:
        raise Refused(f"the reason must be one of {', '.join(REASONS)}")
    redis = open_redis(settings.redis_url.get_secret_value())
    database = Database(url or settings.database_url("identity"), pool_size=1, hints=Hints(redis))
    await database.open(settings.start_patience_seconds)
    blocking = Blocking(database, BlockingRepository(), Sessions(database, SessionRepository()))
    change = Change(blocked, reason, words, _AUTHOR, clock.now())
    try:
        async with database.begin() as uow:
            return await (blocking.block if blocked else blocking.unblock)(uow, UUID(person), change)
    except DomainError as error:
        raise Refused(error.detail) from error
    finally:
        await database.close()
        await redis.aclose()
