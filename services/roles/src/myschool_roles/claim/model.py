"""What a guardian asks."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for whom, and on whose word: Госуслуги's of a day, or the school's. `student_name` is as the asker knows it."""

    guardian_id: UUID
    student_id: UUID
    organisation_id: UUID
    source: str
    source_day: date | None
    student_name: str
