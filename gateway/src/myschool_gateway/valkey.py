"""What a lost Valkey looks like to its client."""

from typing import Final

from redis.exceptions import RedisError

# The last is the event loop's word for a connection that was reset while it was being opened; the client lets it through as it is.
LOST: Final = (RedisError, OSError, TimeoutError, RuntimeError)
