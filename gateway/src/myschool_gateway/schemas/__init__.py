"""Shapes of requests and answers, one module per domain; answers have no defaults."""
