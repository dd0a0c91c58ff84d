"""Openings of published items."""
