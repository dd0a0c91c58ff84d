"""Alerts and dashboards, made from the figures the code declares."""
