"""Records that look like one person, and merges."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from myschool_gateway.schemas.common import Input, Output, RoleTypeName


class DuplicateSide(Output):
    """One of the two records, as it is compared."""

    id: UUID
    full_name: str
    birth_day: str = Field(description="ISO 8601, empty when the school does not know it")
    groups: list[str]
    teaches: list[str]
    roles: list[RoleTypeName]
    guardians: list[str]
    children: list[str]
    has_account: bool


class DuplicatePair(Output):
    """Two records of the same name."""

    first: DuplicateSide
    second: DuplicateSide


class DuplicateList(Output):
    """One page of pairs by name."""

    pairs: list[DuplicatePair]
    next_page_token: str


class JudgeDuplicate(Input):
    """Whether the two are different people."""

    first_id: UUID
    second_id: UUID
    different: bool


class MergePeople(Input):
    """The two are one person; `person_id` stays."""

    person_id: UUID
    merged_id: UUID


class MergeDone(Output):
    """The merge, to be taken back by its id."""

    merge_id: str


class Merge(Output):
    """A merge, taken back or not."""

    id: UUID
    full_name: str
    merged_name: str
    merged_at_ms: int
    separated_at_ms: int = Field(description="Epoch ms UTC; 0 while the merge holds")
    author: str
    separated_by: str
    moved: int = Field(description="Rows that went over or were ended")
    kept: int = Field(description="Rows that stayed as they were when it was taken back")


class MergeList(Output):
    """One page of merges, the latest first."""

    merges: list[Merge]
    next_page_token: str


class KeptRow(Output):
    """What has changed since the merge and therefore stays as it is."""

    what: Literal["ROLE", "GUARDIANSHIP", "ENROLMENT", "TEACHING", "HOMEROOM", "CLAIM", "INVITATION", "REQUEST"]
    role_type: str
    name: str


class Separated(Output):
    """What stays as it is after a merge was taken back."""

    kept: list[KeptRow]
