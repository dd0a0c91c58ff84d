"""Content items and their versions."""
