"""Who looked at whose data: rows nobody can rewrite, bound into a chain that shows when somebody did."""
