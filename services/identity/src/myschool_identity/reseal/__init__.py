"""Personal fields under a new key."""
