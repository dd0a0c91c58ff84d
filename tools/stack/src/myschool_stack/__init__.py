"""Starts every part of myschool locally."""
