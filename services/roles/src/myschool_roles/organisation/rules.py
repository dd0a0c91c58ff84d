"""Whose organisations a caller may see and change."""

from dataclasses import dataclass
from uuid import UUID

from myschool_kit.ids import is_uuid
from myschool_kit.principal import Principal

_OF_ONE_ORGANISATION = frozenset({"HEAD", "DEPUTY_HEAD", "TEACHER", "MUNICIPAL_COORDINATOR"})


@dataclass(frozen=True, slots=True)
class Scope:
    """All organisations, those of one region, or one. An empty scope holds none."""

    everything: bool = False
    region_code: str = ""
    organisation_id: UUID | None = None

    def holds(self, organisation_id: UUID | None, region_code: str) -> bool:
        """Whether the organisation lies inside."""
        if self.everything:
            return True
        if self.region_code:
            return self.region_code == region_code
        return organisation_id is not None and self.organisation_id == organisation_id


def scope_of(principal: Principal) -> Scope:
    """The scope of the role the caller acts in: a head has one school, a coordinator one region."""
    if principal.role_type == "SYSTEM":
        return Scope(everything=True)
    if principal.role_type == "REGIONAL_COORDINATOR":
        return Scope(region_code=principal.region_code)
    if principal.role_type in _OF_ONE_ORGANISATION and principal.organisation_id:
        return Scope(organisation_id=UUID(principal.organisation_id))
    return Scope()


def caller_id(principal: Principal) -> UUID:
    """The caller's person id; the nil id for the platform itself, which is no person."""
    return UUID(principal.person_id) if is_uuid(principal.person_id) else UUID(int=0)


def like(query: str) -> str:
    """A LIKE pattern that finds the query anywhere, its own wildcards taken literally, ё like е."""
    return f"%{_escaped(query.strip())}%"


def word_patterns(query: str) -> list[str]:
    """A LIKE pattern per word: text in which a word begins so. The order of words does not count, a hyphen parts them."""
    return [f"% {_escaped(word)}%" for word in query.replace("-", " ").split()]


def _escaped(text: str) -> str:
    return text.lower().replace("ё", "е").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
