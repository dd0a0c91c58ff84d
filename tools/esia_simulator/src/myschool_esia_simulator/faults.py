"""Everything that can go wrong at Госуслуги, switched on by a demonstrator or a test; off after a start."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from myschool_esia_simulator.errors import BY_NUMBER, Code, EsiaError

Stage = Literal["authorization", "consent", "token", "rest"]
Tampering = Literal[
    "", "signature", "alg_none", "alg_hs256", "wrong_key", "aud", "iss", "exp", "nbf", "sub", "kind", "state", "no_id_token"
]
STAGES: dict[str, str] = {
    "authorization": "в начале входа",
    "consent": "после пароля и согласия",
    "token": "при обмене кода",
    "rest": "при чтении данных",
}
TAMPERINGS: dict[str, str] = {
    "": "нет",
    "signature": "подпись испорчена",
    "alg_none": "без подписи (alg none)",
    "alg_hs256": "HS256 на открытом ключе",
    "wrong_key": "подписан чужим ключом",
    "aud": "для другой системы (aud)",
    "iss": "другой издатель (iss)",
    "exp": "просрочен (exp)",
    "nbf": "ещё не действует (nbf)",
    "sub": "без oid (sub)",
    "kind": "маркер доступа вместо id_token",
    "state": "state другого запроса",
    "no_id_token": "без id_token",
}
_PROTOCOL = ("/aas/", "/rs/")
_CALLS = 200


class Switches(BaseModel):
    """All switches; `error_times` 0 means until switched off."""

    model_config = ConfigDict(extra="forbid")

    latency_ms: int = Field(default=0, ge=0, le=60_000)
    unavailable: bool = False
    clock_ahead_seconds: int = Field(default=0, ge=-86_400, le=86_400)
    error_code: str = Field(default="", pattern=r"^$|^\d{6}$")
    error_stage: Stage = "token"
    error_times: int = Field(default=0, ge=0, le=1_000)
    tampering: Tampering = ""


class Faults:
    """The switches as they stand, and the last calls of the protocol for those who watch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.switches = Switches()
        self.calls: deque[dict[str, Any]] = deque(maxlen=_CALLS)

    def now(self) -> float:
        """The simulator's own clock, in epoch seconds."""
        return self._clock() + self.switches.clock_ahead_seconds

    def set(self, changes: dict[str, Any]) -> Switches:
        """Replaces the named switches; raises ValueError (pydantic's) for a wrong name or value."""
        wanted = Switches.model_validate(self.switches.model_dump() | changes)
        if wanted.error_code and wanted.error_code not in BY_NUMBER:
            raise ValueError(f"{wanted.error_code} is no code of ESIA")
        self.switches = wanted
        return wanted

    def reset(self) -> None:
        """Everything off."""
        self.switches = Switches()

    def check(self, stage: Stage) -> None:
        """Raises the EsiaError that was ordered for this stage; a counted one switches itself off."""
        switches = self.switches
        if not switches.error_code or switches.error_stage != stage:
            return
        code = BY_NUMBER[switches.error_code]
        if switches.error_times:
            left = switches.error_times - 1
            self.switches = switches.model_copy(update={"error_times": left, "error_code": switches.error_code if left else ""})
        raise EsiaError(code, "ordered at the stand")


class Weather:
    """ASGI: latency and maintenance before the protocol's addresses; pages of the stand stay usable. Keeps the list of calls."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http" or not scope["path"].startswith(_PROTOCOL):
            await self._app(scope, receive, send)
            return
        call = {"method": scope["method"], "path": scope["path"], "status": 0}
        self._faults.calls.append(call)

        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                call["status"] = message["status"]
            await send(message)

        switches = self._faults.switches
        if switches.latency_ms:
            await asyncio.sleep(switches.latency_ms / 1000)
        if switches.unavailable:
            error = EsiaError(Code.OVERLOADED)
            body = {"error": error.code.error, "error_description": error.description}
            await JSONResponse(body, 503, {"Retry-After": "60"})(scope, receive, noting)
            return
        await self._app(scope, receive, noting)
