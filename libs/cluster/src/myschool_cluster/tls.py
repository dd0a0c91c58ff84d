"""Mutual TLS between the processes of a cell: who a process is, whom it trusts, and certificates that change while it runs.

A process is known by the DNS name in its certificate («journal», «gateway»), which is no network name: a caller expects the
name of the service it dials, and a service looks up the caller's name in the list of the method.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import grpc
import structlog

_log = structlog.get_logger(module=__name__)
# As cert-manager names them in the secret that it keeps fresh.
_CERTIFICATE, _KEY, _AUTHORITY = "tls.crt", "tls.key", "ca.crt"
_LOOK_S = 5.0
_RETIRED_S = 30.0
_ALTERNATIVE_NAME = "x509_subject_alternative_name"

Options = Sequence[tuple[str, Any]]
_Stamp = tuple[tuple[int, int], ...]


class Certificates:
    """Certificate, key and authority of this process in one folder; read anew as soon as they are replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[bytes, bytes, bytes] = (b"", b"", b"")
        self._stamp: _Stamp = ()
        try:
            self.renew()
        except OSError as error:
            name = Path(str(error.filename)).name
            raise SystemExit(f"certificate file {name} is not readable in MYSCHOOL_TLS_DIR ({error.strerror})") from error

    def renew(self) -> bool:
        """Reads the files when they have changed; True when there is something new. Raises OSError at the first reading only."""
        try:
            before = self._stamp_now()
            if before == self._stamp:
                return False
            certificate, key, authority = ((self._folder / name).read_bytes() for name in (_CERTIFICATE, _KEY, _AUTHORITY))
            if self._stamp_now() != before:
                return False  # they are being replaced at this moment: the next look finds them whole
        except OSError as error:
            if not self._stamp:
                raise
            _log.warning("certificates_unreadable", error=error.strerror)
            return False
        self._read, self._stamp = (certificate, key, authority), before
        return True

    def server(self) -> grpc.ServerCredentials:
        """Credentials of a server that asks every caller for a certificate of the same authority, new ones from the next handshake on."""
        # The fetcher may answer None for «as before»; its type stub does not know.
        fetch: Any = self._renewed
        return grpc.dynamic_ssl_server_credentials(self._configuration(), fetch, require_client_authentication=True)

    def client(self) -> grpc.ChannelCredentials:
        """Credentials of a channel, as the files are now."""
        certificate, key, authority = self._read
        return grpc.ssl_channel_credentials(authority, key, certificate)

    def channel(self, address: str, name: str, options: Options = ()) -> "RenewingChannel":
        """A channel to the service of this name, wherever it listens."""
        # With a look-out of its own: the server of the same process must notice the new files too.
        return RenewingChannel(Certificates(self._folder), address, [*options, ("grpc.ssl_target_name_override", name)])

    def _renewed(self) -> grpc.ServerCertificateConfiguration | None:
        return self._configuration() if self.renew() else None

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        certificate, key, authority = self._read
        return grpc.ssl_server_certificate_configuration([(key, certificate)], root_certificates=authority)

    def _stamp_now(self) -> _Stamp:
        found = [(self._folder / name).stat() for name in (_CERTIFICATE, _KEY, _AUTHORITY)]
        return tuple((one.st_mtime_ns, one.st_ino) for one in found)


def callers_in(context: "grpc.aio.ServicerContext[Any, Any]") -> frozenset[str]:
    """Names in the caller's verified certificate; empty without TLS."""
    names: Iterable[bytes] = context.auth_context().get(_ALTERNATIVE_NAME, ())
    return frozenset(name.decode(errors="replace") for name in names)


class RenewingChannel:
    """A channel for calls of one request that dials anew once the certificates were replaced; calls under way end on the old one."""

    def __init__(self, certificates: Certificates, address: str, options: Options) -> None:
        self._certificates = certificates
        self._address = address
        self._options = options
        self._looked = time.monotonic()
        self._channel = self._dial()
        self._retiring: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    def unary_unary(
        self, method: str, request_serializer: Any = None, response_deserializer: Any = None, _registered_method: bool = False
    ) -> Callable[..., Any]:
        """A method as generated stubs bind it."""
        return self._bound(lambda channel: channel.unary_unary(method, request_serializer, response_deserializer))

    def unary_stream(
        self, method: str, request_serializer: Any = None, response_deserializer: Any = None, _registered_method: bool = False
    ) -> Callable[..., Any]:
        """The same for answers in many parts (watching health)."""
        return self._bound(lambda channel: channel.unary_stream(method, request_serializer, response_deserializer))

    def _bound(self, bind: Callable[[grpc.aio.Channel], Any]) -> Callable[..., Any]:
        bound: tuple[grpc.aio.Channel, Any] | None = None

        def invoke(request: Any, **options: Any) -> Any:
            nonlocal bound
            channel = self._present()
            if bound is None or bound[0] is not channel:
                bound = channel, bind(channel)
            return bound[1](request, **options)

        return invoke

    async def close(self, grace: float | None = None) -> None:
        """Closes it and what it replaced."""
        await self._channel.close(grace)
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)

    def _present(self) -> grpc.aio.Channel:
        moment = time.monotonic()
        if moment - self._looked >= _LOOK_S:
            self._looked = moment
            if self._certificates.renew():
                _log.info("certificates_renewed", address=self._address)
                retiring = asyncio.create_task(self._channel.close(_RETIRED_S))
                self._retiring.add(retiring)
                retiring.add_done_callback(self._retiring.discard)
                self._channel = self._dial()
        return self._channel

    def _dial(self) -> grpc.aio.Channel:
        return grpc.aio.secure_channel(self._address, self._certificates.client(), options=self._options)
