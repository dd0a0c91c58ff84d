"""What works, what does not and since when, in words for everybody."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from grpc_health.v1 import health_pb2, health_pb2_grpc

from myschool_cluster import metrics
from myschool_cluster.health import READY
from myschool_gateway.clients import Services
from myschool_kit import clock
from myschool_kit.telemetry import logger

_log = logger(__name__)
KEPT_S = 10.0
_WITHIN_S = 2.0
# Without it nobody gets past the gateway; every other part costs only what is said of it.
_VITAL = "sessions"
# Part: what people call it, and what its absence means for them.
_WORDS: Mapping[str, tuple[str, str]] = {
    "sessions": ("Сеансы", "Войти и работать сейчас нельзя: сервис не помнит, кто вошёл."),
    "sign-in": ("Вход через Госуслуги", "Войти заново сейчас нельзя; кто уже вошёл, работает дальше."),
    "identity": ("Учётные записи", "Вход, согласия и список сеансов сейчас недоступны."),
    "roles": ("Школы, классы и роли", "Смена роли, поиск людей и загрузка списков сейчас недоступны."),
    "journal": ("Журнал и дневник", "Журнал и дневник сейчас не открываются. Сохранённые отметки не пропадут."),
    "library": ("Библиотека", "Поиск и материалы библиотеки сейчас недоступны."),
    "messaging": ("Чаты", "Сообщения сейчас не отправляются. Отправленные не пропадут."),
    "analytics": ("Статистика", "Статистика сейчас не открывается; позже она досчитает всё, что произошло."),
}

Check = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Seen:
    works: bool
    since_ms: int


class Board:
    """What this gateway knows of the parts it needs. Looks at most every ten seconds, for however many who ask."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._seen: dict[str, _Seen] = {}
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()

    async def look(self) -> None:
        """Asks every part, unless that was done just now."""
        async with self._turn:
            if time.monotonic() - self._looked_at < KEPT_S:
                return
            works = await asyncio.gather(*(_answers(check) for check in self._checks.values()))
            now = clock.epoch_ms(clock.now())
            for name, fine in zip(self._checks, works, strict=True):
                self._note(name, fine, now)
            self._looked_at = time.monotonic()

    def _note(self, name: str, fine: bool, now: int) -> None:
        metrics.show(metrics.PART, fine, name)
        before = self._seen.get(name)
        if before is None or before.works != fine:
            _log.info("part_seen", part=name, works=fine)
            self._seen[name] = _Seen(fine, now)

    async def document(self) -> dict[str, Any]:
        """The board as the page shows it; `since_ms` is when this gateway first saw the present state."""
        await self.look()
        missing = [name for name, seen in self._seen.items() if not seen.works]
        state = "ok" if not missing else "down" if _VITAL in missing else "partly"
        words = {"ok": "Всё работает.", "partly": "Работает не всё.", "down": "Сервис не работает, мы чиним."}[state]
        parts = [
            {"name": name, "title": title, "works": seen.works, "since_ms": seen.since_ms, "words": "Работает." if seen.works else absence}
            for name, (title, absence) in _WORDS.items()
            if (seen := self._seen.get(name)) is not None
        ]
        return {"state": state, "words": words, "parts": parts}


def of_services(services: Services) -> dict[str, Check]:
    """Every service's own word that it is ready."""
    return {name: partial(_ready, stub) for name, stub in services.health.items()}


async def _ready(stub: health_pb2_grpc.HealthStub) -> None:
    reply = await stub.Check(health_pb2.HealthCheckRequest(service=READY), timeout=_WITHIN_S)
    if reply.status != health_pb2.HealthCheckResponse.SERVING:
        raise ConnectionError


async def _answers(check: Check) -> bool:
    try:
        async with asyncio.timeout(_WITHIN_S):
            await check()
    except Exception:
        return False
    return True
