"""A strict simulator of Госуслуги (ESIA)."""
