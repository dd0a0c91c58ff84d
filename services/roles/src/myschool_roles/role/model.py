"""What role's use cases are told by other slices."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Who changed a role, in which role, and why."""

    person_id: str
    role_type: str
    reason: str = ""
