"""Settings of a process from one flat environment (prefix MYSCHOOL_); built only in the composition root."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every service needs. Each field works without being set on a developer's machine."""

    model_config = SettingsConfigDict(env_prefix="MYSCHOOL_", frozen=True, extra="ignore")

    postgres_url: SecretStr = SecretStr("postgresql://myschool@127.0.0.1:5433")
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6380/0")
    kafka: str = "127.0.0.1:9092"
    topic_prefix: str = ""
    topic_partitions: int = Field(default=6, ge=1, le=96)
    keys_dir: Path = Path(".local/keys")
    pool_size: int = Field(default=10, ge=1, le=100)
    log_level: str = "INFO"
    drain_seconds: float = Field(default=5.0, ge=0)

    identity_address: str = "127.0.0.1:9101"
    roles_address: str = "127.0.0.1:9102"
    journal_address: str = "127.0.0.1:9103"
    library_address: str = "127.0.0.1:9104"
    messaging_address: str = "127.0.0.1:9105"
    analytics_address: str = "127.0.0.1:9106"

    def address_of(self, service: str) -> str:
        """host:port at which the service listens and others dial it."""
        address: str = getattr(self, f"{service}_address")
        return address

    def database_url(self, service: str) -> str:
        """PostgreSQL URL of the service's own database."""
        return f"{self.postgres_url.get_secret_value().rstrip('/')}/myschool_{service}"

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
