"""The parts of myschool itself: six services, esia-bridge, the Госуслуги simulator and the gateway."""

import signal
from collections.abc import Mapping

from myschool_stack import probes
from myschool_stack.environment import application_postgres, metrics_address, product
from myschool_stack.layout import Profile
from myschool_stack.parts.base import Part, python


class Observed(Part):
    """A part that shows its figures when MYSCHOOL_METRICS=1."""

    def extra(self) -> Mapping[str, str]:
        """The database login of what serves, and where figures are shown: each process needs a port of its own."""
        database = application_postgres(self.profile) if "postgres" in self.needs else {}
        if not self.profile.shows_metrics or f"{self.name}_metrics" not in self.profile.ports:
            return database
        return {**database, "MYSCHOOL_METRICS_ADDRESS": metrics_address(self.profile, self.name)}


class Service(Observed):
    """A gRPC service with its relay and consumer in one process, as on one box."""

    needs = ("postgres", "valkey", "kafka", "migrate")
    grace = 12.0

    def __init__(self, profile: Profile, name: str) -> None:
        super().__init__(profile)
        self.name = name
        self.ports = (name, "library_http") if name == "library" else (name,)

    @property
    def address(self) -> str:
        """host:port of its gRPC."""
        return product(self.profile)[f"MYSCHOOL_{self.name.upper()}_ADDRESS"]

    def command(self) -> list[str]:
        """serve, relay and consume."""
        return python(f"myschool_{self.name}", "serve", "--with", "relay,consume")

    def ready(self) -> bool:
        """Its health service says SERVING."""
        return probes.grpc_serving(self.address)


class Web(Observed):
    """An HTTP process of ours that answers GET /health/ready."""

    def __init__(self, profile: Profile, name: str, module: str, arguments: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> None:
        super().__init__(profile)
        self.name = name
        self.needs = needs
        self.ports = (name,)
        self.stop_rank = 0 if name == "gateway" else 2
        self.stop_signal = signal.SIGTERM
        self._command = python(module, *arguments)

    @property
    def address(self) -> str:
        """URL a browser sees."""
        return product(self.profile)[f"MYSCHOOL_{self.name.upper()}_URL"]

    def command(self) -> list[str]:
        """The module."""
        return self._command

    def ready(self) -> bool:
        """Its own readiness."""
        return probes.http_ok(f"http://127.0.0.1:{self.profile.port(self.name)}/health/ready")
