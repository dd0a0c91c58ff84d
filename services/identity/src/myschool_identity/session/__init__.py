"""Sessions of people in their browsers."""
