"""Structural roles with their life cycle."""
