"""What the service holds about a person: every statement by which it is copied and erased."""
