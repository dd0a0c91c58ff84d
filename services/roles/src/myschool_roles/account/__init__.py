"""Accounts of a region's people: whose they are is known here, what they are to identity."""
