"""Settings of the identity service and of its second process, the esia-bridge."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from myschool_identity.notice import mail
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
    # Scopes about organisations, signed too in the second dialect; none are needed to learn who heads a school.
    esia_scope_org: str = ""
    # v1: /aas/oauth2/ac and /te with PKCS#7; v2: /aas/oauth2/v2/ac and /v3/te with a raw signature.
    esia_dialect: Literal["v1", "v2"] = "v1"
    # Who holds the key esia-client.key: this process (RSA), the OpenSSL engine «gost», or a signing service at esia_signer_url.
    esia_signer: Literal["software", "gost", "remote"] = "software"
    esia_signer_url: str = Field(default="", pattern=r"^$|^https?://\S+$", validate_default=True)
    esia_signer_reversed: bool = Field(default=False, description="The service gives raw signatures last byte first, as CryptoPro does")
    esia_keys_url: str = Field(default="", pattern=r"^$|^https?://\S+$", description="Archive of Госуслуги's keys, asked when none fits")
    bridge_client_id: str = "keycloak"
    bridge_listen: str = Field(
        default="", pattern=r"^$|^\S+:\d{1,5}$", description="host:port; by default the port of bridge_url on loopback"
    )

    # Where letters about accounts go; empty: this region sends none. smtp://host:port (TLS where offered; always with a password) or smtps://.
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "Моя школа <noreply@localhost>"

    keycloak_url: str = "http://localhost:8080"
    keycloak_realm: str = "myschool"
    keycloak_admin: str = "admin"
    keycloak_admin_password: SecretStr = SecretStr("")

    @field_validator("esia_signer_url")
    @classmethod
    def _signer_has_address(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("esia_signer") == "remote":
            raise ValueError("the address of the signing service is needed when MYSCHOOL_ESIA_SIGNER=remote")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_can_be_reached(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            mail.check(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_is_one_address(cls, value: str) -> str:
        return mail.check_sender(value)

    @property
    def realm_url(self) -> str:
        """Issuer of Keycloak's tokens."""
        return f"{self.keycloak_url}/realms/{self.keycloak_realm}"

    @property
    def broker_url(self) -> str:
        """The only address to which the bridge returns a browser."""
        return f"{self.realm_url}/broker/esia/endpoint"

    @property
    def bridge_socket(self) -> tuple[str, int]:
        """Host and port at which the bridge listens."""
        if self.bridge_listen:
            host, _, port = self.bridge_listen.rpartition(":")
            return host, int(port)
        return "127.0.0.1", urlsplit(self.bridge_url).port or 8020
