"""Sign-in and sign-out through Keycloak."""
