"""What a service holds about a person, written down once: it is exported, erased and checked from here. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Part:
    """Rows of one kind. `rows` selects those of person $1 in a fixed order, with the columns a person is shown.

    Exactly one of `erase` (a statement that takes them away from person $1) and `kept_because` (why they stay, in Russian, as the
    person is told) is given. A row of table `retention_rule` can turn an erasable part into a kept one.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    rows: str
    erase: str = ""
    kept_because: str = ""
    # Opens what is sealed, for the person's own copy.
    opened: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def __post_init__(self) -> None:
        if bool(self.erase) == bool(self.kept_because):
            message = f"part {self.name}: say either how it is erased or why it stays"
            raise ValueError(message)


@dataclass(frozen=True)
class Holding:
    """Everything a service holds about people.

    `parts` are exported and erased in this order. `guards` is a condition: $1 is a guardian of student $2, and `together` selects
    (object_id, since, until) of what many people's data are read by, where that concerned person $1; empty where the service knows
    no such thing. `not_exported` names the other tables with a person's id, with the reason.
    """

    parts: tuple[Part, ...] = ()
    guards: str = ""
    together: str = ""
    not_exported: Mapping[str, str] = field(default_factory=dict)
    # False where nobody reads other people and there is no record.
    audited: bool = True


# Of every service: they hold ids for a while, and nobody's data beyond them.
OF_THE_HOUSE = {
    "outbox": "events on their way, gone within days; their content is exported where it became true",
    "inbox": "ids of events only",
    "request_log": "answers to the person's own writes, kept for repetitions",
    "parked": "events that wait for a repair",
    "access_entry": "the record of reads: the person sees it as «Журнал доступа»; it is evidence and stays",
    "access_log": "the record of reads before it became a chain; taken over into access_entry",
    "erasure": "the proof that an erasure was carried out",
}
