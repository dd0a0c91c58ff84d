"""Settings of the simulator, read from the environment once by the composition root."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the simulator lives, whom it knows and how strict its clock is."""

    model_config = SettingsConfigDict(env_prefix="MYSCHOOL_", frozen=True, extra="ignore")

    esia_url: str = "http://localhost:8010"
    bridge_url: str = "http://localhost:8020"
    gateway_url: str = "http://localhost:8000"
    keys_dir: Path = Path(".local/keys")
    esia_people: Path | None = None
    esia_client_id: str = "MYSCHOOL"
    esia_issuer: str = "http://esia-portal1.test.gosuslugi.ru/"
    # The real window is not published; five minutes is what clients are known to survive.
    esia_clock_skew_seconds: int = 300
    esia_code_seconds: int = 60
    # With False an unconfirmed person is let through (is_tru absent), so that the client's own check is exercised.
    esia_confirmed_only: bool = True

    @property
    def port(self) -> int:
        """TCP port to listen on: that of the public address."""
        return urlsplit(self.esia_url).port or 8010
