"""Import of a whole school from a sheet or from OneRoster."""
