"""People, accounts, consents, sessions; esia-bridge; Keycloak administration."""
