"""Consents that opening content rests on."""
