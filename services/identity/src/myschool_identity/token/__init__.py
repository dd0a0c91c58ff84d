"""Personal read-only tokens of families."""
