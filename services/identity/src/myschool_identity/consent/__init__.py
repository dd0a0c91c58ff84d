"""Consents to the processing of personal data."""
