"""What a demonstrator or a test sets at the stand: people and faults, by pages and by an API."""
