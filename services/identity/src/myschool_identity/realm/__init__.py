"""Keycloak realm, kept as this code describes it."""
