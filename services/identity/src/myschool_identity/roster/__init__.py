"""Who is a pupil where, and who looks after whom: told by the roles service."""
