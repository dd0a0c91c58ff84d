"""What a process needs to live in a cluster."""
