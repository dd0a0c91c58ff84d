"""Two records that turned out to be one person."""
