"""When two records may be one person. Pure."""

from datetime import date


def alike(first: tuple[str, date | None], second: tuple[str, date | None]) -> bool:
    """Whether name (as it is searched: lower case, ё as е) and day of birth do not tell the two apart."""
    return first[0] == second[0] and (first[1] is None or second[1] is None or first[1] == second[1])
