"""Settings of the simulator, read from the environment once by the composition root."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the simulator lives, whom it knows and how strict its clock is."""

    model_config = SettingsConfigDict(env_prefix="MYSCHOOL_", frozen=True, extra="ignore")

    esia_url: str = "http://localhost:8010"
    esia_listen_host: str = "127.0.0.1"
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
    # Not published whether another state is refused; every known client sends a UUID.
    esia_uuid_state: bool = True
    # How its own tokens are signed: a setting of a client in the real portal.
    esia_signs_by: str = Field(default="rsa", pattern=r"^(rsa|gost)$")
    # Kinds of keys whose signatures are taken: any of gost, rsa, ed25519.
    esia_verifiers: str = Field(default="gost rsa ed25519", pattern=r"^(gost|rsa|ed25519)( (gost|rsa|ed25519))*$")
    esia_pkce_required: bool = False
    # The pages and the API under /stand: people and faults. Off where strangers reach the stand.
    esia_stand: bool = True

    @property
    def port(self) -> int:
        """TCP port to listen on: that of the public address."""
        return urlsplit(self.esia_url).port or 8010
