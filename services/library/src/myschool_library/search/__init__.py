"""Russian full-text search over published items."""
