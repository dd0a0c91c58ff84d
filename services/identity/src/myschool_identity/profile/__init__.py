"""Profiles read from Госуслуги."""
