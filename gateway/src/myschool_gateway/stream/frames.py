"""What a page may say over its WebSocket."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from myschool_gateway.schemas.common import Input, Sequence


class Ping(Input):
    """Asks whether the connection is alive."""

    t: Literal["ping"]


class Resume(Input):
    """The last sequence that the page has of each chat."""

    t: Literal["resume"]
    chats: Annotated[dict[UUID, Sequence], Field(max_length=500)]


class Watch(Input):
    """The page shows this diary or journal now."""

    t: Literal["watch"]
    student_id: UUID | None = None
    gradebook_id: UUID | None = None


Frame = Ping | Resume | Watch
FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])
