"""One module a part: how it is prepared, started, found ready and stopped."""
