"""Rows of an import between reading and carrying out."""

from dataclasses import asdict, dataclass, field
from typing import Any

GROUP, STAFF, STUDENT, GUARDIAN, TEACHING = "GROUP", "STAFF", "STUDENT", "GUARDIAN", "TEACHING"
CREATE, UPDATE, NONE, INVALID = "CREATE", "UPDATE", "NONE", "INVALID"


@dataclass(slots=True)
class Human:
    """A person of a row. `birth` is an ISO day, `snils` eleven digits, `external` the file's own id; each may be empty."""

    family: str
    given: str
    middle: str = ""
    birth: str = ""
    snils: str = ""
    external: str = ""

    @property
    def full_name(self) -> str:
        """«Фамилия Имя Отчество»."""
        return " ".join(part for part in (self.family, self.given, self.middle) if part)

    def keys(self) -> list[str]:
        """By what the person is recognised, strongest first. The name counts only for people without СНИЛС."""
        found = [f"snils:{self.snils}"] if self.snils else []
        if self.external:
            found.append(f"external:{self.external}")
        return found or [self.name_key()]

    def name_key(self) -> str:
        """Name and birthday as a key within one school."""
        return f"name:{plain(self.full_name)}|{self.birth}"


@dataclass(slots=True)
class Row:
    """One row of the file. `fields` depend on the kind; `errors` are (field, what to change) in Russian."""

    sheet: str
    line: int
    kind: str
    label: str
    fields: dict[str, str] = field(default_factory=dict)
    human: Human | None = None
    errors: list[tuple[str, str]] = field(default_factory=list)
    action: str = ""

    def refuse(self, name: str, message: str) -> None:
        """Adds an error of one field."""
        self.errors.append((name, message))

    def to_json(self) -> dict[str, Any]:
        """Everything, for the sealed copy."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Row":
        """The row as it was sealed."""
        human = data.pop("human")
        errors = [(name, message) for name, message in data.pop("errors")]
        return cls(**data, human=Human(**human) if human else None, errors=errors)


def plain(text: str) -> str:
    """Text as people compare it: one space, no case, ё like е."""
    return " ".join(text.split()).casefold().replace("ё", "е")
