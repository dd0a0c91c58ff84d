"""Expertise of submitted items."""
