"""People by id and name, as rosters show them."""
