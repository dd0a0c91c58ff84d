"""HTTP API for content providers."""
