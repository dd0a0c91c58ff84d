"""Settings of the library service."""

from urllib.parse import urlsplit

from pydantic import field_validator

from myschool_kit.settings import Settings


class LibrarySettings(Settings):
    """What the library needs beside the common settings: its own HTTP listener and the issuer of machine tokens."""

    library_http_url: str = "http://127.0.0.1:8030"
    keycloak_url: str = "http://localhost:8080"
    keycloak_realm: str = "myschool"

    @field_validator("library_http_url")
    @classmethod
    def _has_port(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.port:
            raise ValueError("MYSCHOOL_LIBRARY_HTTP_URL must look like http://host:port")
        return value

    @property
    def issuer(self) -> str:
        """Issuer of the machine tokens: the realm's own address."""
        return f"{self.keycloak_url.rstrip('/')}/realms/{self.keycloak_realm}"

    @property
    def http_listen(self) -> tuple[str, int]:
        """Host and port of the provider API; «localhost» is taken as IPv4 loopback."""
        parts = urlsplit(self.library_http_url)
        host = parts.hostname or "127.0.0.1"
        return ("127.0.0.1" if host == "localhost" else host), parts.port or 0
