"""Settings of the gateway, from the flat environment (prefix MYSCHOOL_)."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field

from myschool_kit.settings import Settings


class GatewaySettings(Settings):
    """Each field works without being set on a developer's machine."""

    gateway_url: str = Field(default="http://localhost:8000", description="Public address of the page, without a path")
    gateway_listen: str = Field(default="", description="host:port to listen at; by default the port of gateway_url on loopback")
    keycloak_url: str = "http://localhost:8080"
    keycloak_realm: str = "myschool"
    keycloak_client: str = "gateway"
    web_dist: Path = Field(
        default=Path("web/dist"), validation_alias=AliasChoices("MYSCHOOL_WEB_DIST", "MYSCHOOL_WEB_DIR"), description="The built page"
    )

    session_idle_minutes: float = Field(default=30, gt=0)
    session_absolute_hours: float = Field(default=10, gt=0)
    administrator_idle_minutes: float = Field(
        default=15, gt=0, description="The same for heads, deputies, coordinators and federal administrators"
    )
    administrator_absolute_hours: float = Field(default=4, gt=0)
    child_idle_minutes: float = Field(default=30, gt=0, description="The same for children who signed in by a paired device")
    child_absolute_hours: float = Field(default=12, gt=0)
    session_check_seconds: float = Field(default=120, gt=0, description="How often role and Keycloak session are checked again")
    rate_per_second: float = Field(default=20, gt=0, description="Calls per second and session in the long run")
    rate_burst: int = Field(default=200, ge=1, description="Calls at once before the rate applies")
    auth_per_second: float = Field(default=10, gt=0, description="Sign-ins per second and address in the long run: a whole school has one")
    auth_burst: int = Field(default=300, ge=1, description="Sign-ins at once from one address before the rate applies")
    token_per_second: float = Field(default=0.5, gt=0, description="Calls per second with one personal token in the long run")
    token_burst: int = Field(default=30, ge=1)
    machine_per_second: float = Field(default=5, gt=0, description="Calls per second of one system of the region in the long run")
    machine_burst: int = Field(default=60, ge=1)
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses whose X-Forwarded-For is believed; * behind an edge that alone can dial"
    )
    streams_per_person: int = Field(default=10, ge=1)
    stream_check_seconds: float = Field(default=60, gt=0)

    overload_calls: int = Field(default=200, ge=1, description="Calls under way in one process at which reads that can wait are refused")
    overload_lag_seconds: float = Field(default=1.0, gt=0, description="The same for the time by which the event loop comes late")
    leave_seconds: float = Field(
        default=2.0, ge=0, description="After SIGTERM answers close their connections for so long, then all are closed"
    )

    @property
    def origin(self) -> str:
        """The page's origin, as browsers write it."""
        parts = urlsplit(self.gateway_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port to listen at."""
        if self.gateway_listen:
            host, _, port = self.gateway_listen.rpartition(":")
            return host or "127.0.0.1", int(port)
        return "127.0.0.1", urlsplit(self.gateway_url).port or 8000
