"""Life cycle of structural roles and who may grant which (domain.md §4.3)."""

from typing import Final

PENDING, ACTIVE, SUSPENDED, TERMINATED, REJECTED = "PENDING", "ACTIVE", "SUSPENDED", "TERMINATED", "REJECTED"
LIVE: Final = frozenset({PENDING, ACTIVE, SUSPENDED})

_STEPS: Final = frozenset(
    {(PENDING, ACTIVE), (PENDING, REJECTED), (ACTIVE, SUSPENDED), (SUSPENDED, ACTIVE), (ACTIVE, TERMINATED), (SUSPENDED, TERMINATED)}
)
_OF_ORGANISATION: Final = frozenset({"STUDENT", "GUARDIAN", "TEACHER", "DEPUTY_HEAD", "HEAD"})
_OF_REGION: Final = frozenset({"REGIONAL_COORDINATOR", "MUNICIPAL_COORDINATOR"})
_NEVER_GRANTED: Final = frozenset({"UNSPECIFIED", "PERSON", "SYSTEM"})
_MANAGED_BY: Final = {
    "HEAD": frozenset({"TEACHER", "DEPUTY_HEAD", "STUDENT", "GUARDIAN"}),
    "REGIONAL_COORDINATOR": frozenset({"TEACHER", "DEPUTY_HEAD", "HEAD", "STUDENT", "GUARDIAN"}),
}


def can_change(old: str, new: str) -> bool:
    """Whether the life cycle PENDING → ACTIVE ⇄ SUSPENDED → TERMINATED, PENDING → REJECTED has this step."""
    return (old, new) in _STEPS


def manages(caller_role: str, role_type: str) -> bool:
    """Whether a caller in that role may grant and change roles of the type (inside the own scope)."""
    if role_type in _NEVER_GRANTED:
        return False
    return caller_role == "SYSTEM" or role_type in _MANAGED_BY.get(caller_role, frozenset())


def place_problem(role_type: str, *, has_organisation: bool, has_region: bool) -> str:
    """What is wrong with the place of a role; empty when it fits the type."""
    if role_type in _OF_ORGANISATION and not has_organisation:
        return "a role of this type belongs to an organisation"
    if role_type not in _OF_ORGANISATION and has_organisation:
        return "a role of this type has no organisation"
    if role_type in _OF_REGION and not has_region:
        return "a role of this type needs a region code"
    return ""
