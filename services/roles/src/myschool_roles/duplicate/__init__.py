"""Records that look like one person."""
