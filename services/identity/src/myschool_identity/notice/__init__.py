"""Addresses for letters about one's account; the letters, and how they are sent."""
