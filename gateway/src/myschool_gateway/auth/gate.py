"""How often one address may knock at the sign-in, a whole school comes from one and a guesser too; or one personal token call."""

import contextlib
import ipaddress
import time

from redis.asyncio import Redis

from myschool_gateway.errors import TooManyCalls
from myschool_gateway.valkey import LOST
from myschool_kit.telemetry import logger

_log = logger(__name__)
_IPV6_OF_ONE_HOUSE = 64
# A sign-in that comes back with a state nobody knows, or a token that is no token, counts as so many.
GUESS = 20
_BACK = """
local left = redis.call('PTTL', KEYS[1]) - tonumber(ARGV[1])
if left < 1 then return redis.call('DEL', KEYS[1]) end
local tat = tonumber(redis.call('GET', KEYS[1])) - tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', string.format('%d', math.ceil(left)))
"""
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + tonumber(ARGV[1])
if tat - now > tonumber(ARGV[2]) then return tostring(math.ceil(tat - now - tonumber(ARGV[2]))) end
redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', string.format('%d', math.ceil(tat - now)))
return '0'
"""


class Gate:
    """GCRA by address in Valkey, the same for every gateway; without Valkey there is no sign-in to guess at either."""

    def __init__(self, redis: Redis, per_second: float, burst: int) -> None:
        self._cost_ms = 1000 / per_second
        self._burst_ms = burst * 1000 / per_second
        self._take = redis.register_script(_TAKE)
        self._back = redis.register_script(_BACK)
        self._told_at = float("-inf")

    async def pass_(self, address: str, weight: int = 1) -> None:
        """Takes from the address's allowance. Raises TooManyCalls."""
        try:
            wait = int(await self._take(keys=[f"gate:{_house(address)}"], args=[self._cost_ms * weight, self._burst_ms]))
        except LOST:
            return
        if wait > 0:
            if time.monotonic() - self._told_at > 1:
                _log.warning("flood_refused")
                self._told_at = time.monotonic()
            raise TooManyCalls("too many calls of this kind in a short time", retry_after_s=-(-wait // 1000))

    async def back(self, address: str, weight: int) -> None:
        """Gives back what was taken in advance for a guess that turned out to be none."""
        with contextlib.suppress(*LOST):
            await self._back(keys=[f"gate:{_house(address)}"], args=[self._cost_ms * weight])


def _house(address: str) -> str:
    """The address, for IPv6 its /64: one house has more of them than could be counted."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, _IPV6_OF_ONE_HOUSE), strict=False).network_address)
