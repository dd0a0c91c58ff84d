"""A way in for children under 14 that their guardians control."""
