"""What families ask of schools, and what schools answer."""
