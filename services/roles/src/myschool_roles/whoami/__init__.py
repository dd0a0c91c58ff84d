"""Who am I, in which roles."""
