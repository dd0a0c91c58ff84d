"""Content catalogue, providers, expertise, search."""
