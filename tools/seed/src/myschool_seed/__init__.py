"""Writes and loads the demo region through the product's own import and API."""
