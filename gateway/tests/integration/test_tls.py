"""The gateway and its services behind mutual TLS."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest

from myschool.identity.v1 import identity_pb2
from myschool.roles.v1 import roles_pb2
from myschool_cluster.tls import Certificates
from myschool_gateway.clients import open_services
from myschool_kit.client import call
from myschool_kit.errors import RemoteError
from myschool_kit.principal import PrincipalSigner
from myschool_kit.settings import Settings
from myschool_testing import a_principal
from myschool_testing.authority import Authority


async def test_services_when_certificates_are_set_then_each_is_dialled_by_its_own_name(
    stand_in: tuple[Any, str], keys_dir: Path, tmp_path: Path
) -> None:
    authority = Authority()
    services_there = stand_in[0]
    services_there.seen.clear()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((services_there,))
    port = server.add_secure_port("127.0.0.1:0", Certificates(authority.issue(tmp_path / "identity", "identity")).server())
    await server.start()
    address = f"127.0.0.1:{port}"
    settings = Settings(identity_address=address, roles_address=address, tls_dir=authority.issue(tmp_path / "gateway", "gateway"))
    token = PrincipalSigner((keys_dir / "principal.key").read_bytes()).sign(a_principal("TEACHER"))
    async with AsyncExitStack() as stack:
        services = await open_services(settings, stack)
        await call(services.identity.ListSessions, identity_pb2.ListSessionsRequest(), token=token, timeout=5)
        with pytest.raises(RemoteError):
            # It is identity that listens there, whatever the address says.
            await call(services.roles.WhoAmI, roles_pb2.WhoAmIRequest(), token=token, timeout=2)
    await server.stop(0)
    assert [name for name, *_rest in services_there.seen] == ["ListSessions"]
