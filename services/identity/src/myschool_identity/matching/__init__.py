"""Whose record of a school an account belongs to."""
