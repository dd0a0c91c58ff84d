"""Sealed imports and look-up hashes under new keys."""
