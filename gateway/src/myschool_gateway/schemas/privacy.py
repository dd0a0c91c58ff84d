"""Who looked at one's data, a copy of them, and their erasure."""

from typing import Literal

from pydantic import Field

from myschool_gateway.schemas.common import Output, RoleTypeName


class Look(Output):
    """One look at the person's data: by whom in which role, at what, when, and by which permission. `together`: with many others' data."""

    at_ms: int
    reader_name: str
    role_type: RoleTypeName
    service: str
    what: str
    permission: str
    together: bool


class Looks(Output):
    """A page of looks, newest first. `missing` are parts of the system that did not answer just now."""

    looks: list[Look]
    next_page_token: str
    missing: list[str]


class ExportJob(Output):
    """A copy of all data being collected or ready."""

    id: str
    state: Literal["RUNNING", "READY", "FAILED", "TOO_LARGE"]
    done: int
    total: int
    rows: int
    bytes: int
    started_at_ms: int
    expires_at_ms: int


class Export(Output):
    """The newest job, if there is one."""

    export: ExportJob | None


class ErasureRequest(Output):
    """A request to erase the profile."""

    id: str
    state: Literal["WAITING", "CANCELLED", "CARRIED_OUT"]
    requested_at_ms: int
    due_at_ms: int
    carried_out_at_ms: int = Field(description="0 until it has been carried out")


class ErasurePart(Output):
    """What would go, or stay and why (`kept_because`, Russian, empty when it goes)."""

    service: str
    part: str
    title: str
    rows: int
    kept_because: str


class Erasure(Output):
    """The newest request, and the waiting time."""

    request: ErasureRequest | None
    waiting_days: int


class ErasurePlan(Output):
    """What an erasure would do, over all services."""

    parts: list[ErasurePart]
