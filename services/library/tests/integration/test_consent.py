"""A withdrawn consent closes the content to that person, with a clear reason, and to nobody else."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from myschool.identity.events.v1 import identity_events_pb2 as identity
from myschool.library.v1 import library_pb2 as pb
from myschool_kit.client import call
from myschool_kit.consumer import Event
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_library.consent.repository import ConsentRepository
from myschool_library.consumers import handlers
from myschool_testing import a_principal, token_of

PUPIL = str(uuid4())


async def hear(library: Any, *messages: Any) -> None:
    table = handlers(ConsentRepository()).by_type
    for message in messages:
        _class, handle = table[message.DESCRIPTOR.full_name]
        async with library.harness.database.begin() as uow:
            await handle(uow, message, Event(uuid4(), "identity.accounts", PUPIL, "", b"", "", datetime.now(UTC)))


async def refused(coroutine: Any) -> tuple[Kind, str]:
    with pytest.raises(DomainError) as error:
        await coroutine
    return kind_of(error.value), error.value.reason


async def test_content_when_consent_is_withdrawn_then_not_opened_by_that_pupil_until_it_is_given(library: Any, make_item: Any) -> None:
    (item,) = await library.published(make_item())
    pupil = token_of(a_principal("STUDENT", person_id=PUPIL))

    async def opened() -> str:
        return (await call(library.stub.OpenItem, pb.OpenItemRequest(item_id=item), token=pupil)).content_url

    assert await opened() == f"/library/{item}"
    for _ in range(2):
        await hear(library, identity.ConsentWithdrawn(person_id=PUPIL, purpose="content_access"))
    assert await refused(opened()) == (Kind.FORBIDDEN, "CONTENT_CONSENT_MISSING")
    assert await refused(library.item(item, pupil)) == (Kind.FORBIDDEN, "CONTENT_CONSENT_MISSING")
    events = [row for row in await library.harness.outbox() if row["type"].endswith("ContentItemOpened")]
    assert len(events) == 1
    # What there is may be seen by everybody, and others open it.
    assert await library.titles()
    assert (await library.item(item))["id"] == item
    await hear(library, identity.ConsentGiven(person_id=PUPIL, purpose="content_access"))
    assert await opened() == f"/library/{item}"
    with library.harness.statements.counted() as statements:
        await library.item(item, pupil)
    assert len(statements) == 1


async def test_provider_site_when_third_party_consent_is_withdrawn_then_only_own_content_opens(library: Any, make_item: Any) -> None:
    own, outside = await library.published(
        make_item("own"), make_item("outside", body_html="", content_url="https://provider.example.org/1")
    )
    pupil = token_of(a_principal("STUDENT", person_id=PUPIL))
    await hear(library, identity.ConsentWithdrawn(person_id=PUPIL, purpose="third_party", declined=True))
    request = pb.OpenItemRequest(item_id=outside)
    assert await refused(call(library.stub.OpenItem, request, token=pupil)) == (Kind.FORBIDDEN, "THIRD_PARTY_CONSENT_MISSING")
    assert (await call(library.stub.OpenItem, pb.OpenItemRequest(item_id=own), token=pupil)).content_url == f"/library/{own}"
    await hear(library, identity.ConsentWithdrawn(person_id=PUPIL, purpose="media"))
    assert await library.harness.database.reads.fetchval("SELECT count(*) FROM consent_withheld") == 1
