"""Activity of teachers and families: counted from events, read by teachers and heads."""
