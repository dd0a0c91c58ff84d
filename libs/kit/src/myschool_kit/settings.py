"""Settings of a process from one flat environment (prefix MYSCHOOL_); built only in the composition root."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from myschool_cluster.tls import Certificates

Address = Annotated[str, Field(pattern=r"^\S+:\d{1,5}$", description="host:port")]
Loaded = TypeVar("Loaded", bound="Settings")


class Settings(BaseSettings):
    """What every service needs. Each field works without being set on a developer's machine."""

    model_config = SettingsConfigDict(env_prefix="MYSCHOOL_", frozen=True, extra="ignore")

    postgres_url: SecretStr = SecretStr("postgresql://myschool@127.0.0.1:5433")
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6380/0")
    kafka: Address = "127.0.0.1:9092"
    topic_prefix: str = ""
    topic_partitions: int = Field(default=6, ge=1, le=96)
    topic_copies: int = Field(default=0, ge=0, le=9, description="Brokers that keep each event; 0: one on loopback, three elsewhere")
    keys_dir: Path = Path(".local/keys")
    # One process keeps about one core busy: more connections only spread its work over colder server processes.
    pool_size: int = Field(default=5, ge=1, le=100)
    # Without the first there is no TLS; the second serves health alone, without TLS, for the probes of a cluster.
    tls_dir: Path | None = None
    health_address: Address | Literal[""] = ""
    instance: str = Field(default="0", pattern=r"^[\w.-]{1,50}$", description="Tells the processes of one service apart: 0, 1, …")
    metrics_address: str = Field(default="", pattern=r"^(\S+:\d{1,5})?$", description="host:port of GET /metrics; empty: off")
    otlp_endpoint: str = Field(default="", pattern=r"^(https?://\S+)?$", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    start_patience_seconds: float = Field(default=60.0, ge=0, description="After a power cut PostgreSQL may start later than we do")
    drain_seconds: float = Field(default=5.0, ge=0)

    identity_address: Address = "127.0.0.1:9101"
    roles_address: Address = "127.0.0.1:9102"
    journal_address: Address = "127.0.0.1:9103"
    library_address: Address = "127.0.0.1:9104"
    messaging_address: Address = "127.0.0.1:9105"
    analytics_address: Address = "127.0.0.1:9106"

    def address_of(self, service: str) -> str:
        """host:port at which the service listens and others dial it."""
        address: str = getattr(self, f"{service}_address")
        return address

    def database_url(self, service: str) -> str:
        """PostgreSQL URL of the service's own database."""
        return f"{self.postgres_url.get_secret_value().rstrip('/')}/myschool_{service}"

    def certificates(self) -> Certificates | None:
        """What this process proves itself by to its siblings; None without TLS."""
        return None if self.tls_dir is None else Certificates(self.tls_dir)

    def topic(self, name: str) -> str:
        """Full name of a topic: tests run side by side under different prefixes."""
        return f"{self.topic_prefix}{name}"

    def key(self, name: str) -> bytes:
        """Content of a key file; a missing one is said in words that name the file."""
        path = self.keys_dir / name
        try:
            return path.read_bytes()
        except OSError as error:
            message = f"key file {name} is not readable in MYSCHOOL_KEYS_DIR ({error.strerror})"
            raise SystemExit(message) from error


def load(settings: Callable[[], Loaded]) -> Loaded:
    """The settings of this process; a wrong value ends it with a sentence that names the variable and not the value."""
    try:
        return settings()
    except ValidationError as error:
        names = [str(item["loc"][0]).upper().removeprefix("MYSCHOOL_") for item in error.errors()]
        names = [name if name.startswith("OTEL_") else f"MYSCHOOL_{name}" for name in names]
        said = [f"{name} is wrong: {item['msg']}." for name, item in zip(names, error.errors(), strict=True)]
        raise SystemExit("\n".join(said)) from None
