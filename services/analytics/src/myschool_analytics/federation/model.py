"""The register of cells, and what a cell has told."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class Cell(BaseModel):
    """A region of the register."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    # The alias of its mirror, which Kafka puts before the names of its topics.
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    page: Annotated[str, Field(pattern=r"^https?://\S+$")]
    since: date | None = None
    # Where its aggregates arrive when no mirror brings them: the own ones of a stand for trying out.
    topic: str = ""


def register(path: Path | None) -> tuple[Cell, ...]:
    """The cells of the file by name; none without a file. A faulty file ends the process with a sentence that names it."""
    if path is None:
        return ()
    try:
        cells = TypeAdapter(list[Cell]).validate_python(yaml.safe_load(path.read_text("utf-8")) or [])
    except (OSError, yaml.YAMLError) as error:
        raise SystemExit(f"MYSCHOOL_CELLS_FILE is wrong: {path.name} cannot be read ({type(error).__name__}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise SystemExit(f"MYSCHOOL_CELLS_FILE is wrong: {path.name}, {place}: {first['msg']}.") from None
    if len({cell.code for cell in cells}) < len(cells):
        raise SystemExit(f"MYSCHOOL_CELLS_FILE is wrong: {path.name} has two cells with one code.")
    return tuple(sorted(cells, key=lambda cell: cell.name))


@dataclass(frozen=True, slots=True)
class Received:
    """One measure of one week as a cell has told it."""

    cell: str
    first_day: date
    breakdown: str
    measure: str
    version: int
    names: tuple[str, ...]
    amounts: tuple[int, ...]
    computed_at: datetime
