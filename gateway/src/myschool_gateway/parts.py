"""What the routes are composed of; built once per process in app.py."""

from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from myschool_gateway.auth.gate import Gate
from myschool_gateway.auth.keycloak import Keycloak
from myschool_gateway.auth.transaction import Transactions
from myschool_gateway.cabinet import Cabinet
from myschool_gateway.clients import Services
from myschool_gateway.load import Load
from myschool_gateway.privacy.exports import Exports
from myschool_gateway.session.bearers import Bearers
from myschool_gateway.session.checks import Checks
from myschool_gateway.session.endings import Endings
from myschool_gateway.session.machines import Machines
from myschool_gateway.session.principals import Principals
from myschool_gateway.session.store import SessionStore
from myschool_gateway.settings import GatewaySettings
from myschool_gateway.status import Board
from myschool_gateway.stream.hub import Hub


@dataclass(frozen=True, slots=True)
class Parts:
    """The graph of one gateway process."""

    settings: GatewaySettings
    redis: Redis
    services: Services
    sessions: SessionStore
    principals: Principals
    cabinet: Cabinet
    checks: Checks
    keycloak: Keycloak
    endings: Endings
    exports: Exports
    transactions: Transactions
    gate: Gate
    bearers: Bearers
    machines: Machines
    hub: Hub
    load: Load
    board: Board


def parts_of(request: HTTPConnection) -> Parts:
    """The parts of the process that serves the request."""
    parts: Parts = request.app.state.parts
    return parts
