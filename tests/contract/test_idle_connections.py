"""Keycloak keeps its connections to the bridge and the gateway for a shorter time than they do.

A request on a connection that the other side closes at that moment is lost: Keycloak repeats no POST, and the person's sign-in fails.
"""

import re
from pathlib import Path

import pytest

from myschool_cluster.asgi import KEEP_ALIVE_S

ROOT = Path(__file__).parents[2]
PLACES = ("tools/stack/src/myschool_stack/parts/keycloak.py", "deploy/docker/keycloak.Dockerfile", "deploy/docker/stand/Dockerfile")
SERVERS = ("services/identity/src/myschool_identity/bridge/app.py", "gateway/src/myschool_gateway/__main__.py")


@pytest.mark.parametrize("place", PLACES)
def test_keycloak_leaves_an_idle_connection_before_its_servers_do(place: str) -> None:
    (found,) = re.findall(r'HTTP_CLIENT__DEFAULT__CONNECTION_TTL_MILLIS(?:=|": ")(\d+)', (ROOT / place).read_text())
    assert int(found) * 2 <= KEEP_ALIVE_S * 1000


@pytest.mark.parametrize("server", SERVERS)
def test_servers_that_keycloak_calls_keep_idle_connections(server: str) -> None:
    assert "timeout_keep_alive=KEEP_ALIVE_S" in (ROOT / server).read_text()
