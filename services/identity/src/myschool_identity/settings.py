"""Settings of the identity service and of its second process, the esia-bridge."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from myschool_kit.settings import Settings


class IdentitySettings(Settings):
    """What identity needs beyond the common settings; addresses are those a browser sees."""

    gateway_url: str = "http://localhost:8000"
    bridge_url: str = "http://localhost:8020"
    esia_url: str = "http://localhost:8010"
    library_http_url: str = "http://localhost:8030"

    # Мнемоника of the system in Госуслуги, and the issuer written into their tokens.
    esia_client_id: str = "MYSCHOOL"
    esia_issuer: str = "http://esia-portal1.test.gosuslugi.ru/"
    esia_scope: str = "openid fullname birthdate gender snils email mobile usr_org kid_fullname kid_birthdate kid_gender kid_snils"
    bridge_client_id: str = "keycloak"

    keycloak_url: str = "http://localhost:8080"
    keycloak_realm: str = "myschool"
    keycloak_admin: str = "admin"
    keycloak_admin_password: SecretStr = SecretStr("")

    @property
    def realm_url(self) -> str:
        """Issuer of Keycloak's tokens."""
        return f"{self.keycloak_url}/realms/{self.keycloak_realm}"

    @property
    def broker_url(self) -> str:
        """The only address to which the bridge returns a browser."""
        return f"{self.realm_url}/broker/esia/endpoint"

    @property
    def bridge_port(self) -> int:
        """TCP port of the bridge: that of its public address."""
        return urlsplit(self.bridge_url).port or 8020
