"""Organisations, student groups, structural roles, guardianship; who-may-what."""
