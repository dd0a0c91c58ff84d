"""Organisations and who may see which."""
