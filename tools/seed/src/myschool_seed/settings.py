"""Settings of the seed: the flat environment of all processes."""

from myschool_kit.settings import Settings


class SeedSettings(Settings):
    """Where the running platform is."""

    keycloak_url: str = "http://localhost:8080"
    keycloak_realm: str = "myschool"
    library_http_url: str = "http://localhost:8030"
    provider: str = "prosveshchenie"
