"""Teacher activity computed from events of all services."""
