"""Consents: what is asked, answers, withdrawal, the ledger and its document."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import HTMLResponse, Response

from myschool.identity.v1 import consent_pb2 as pb
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.parts import Parts, parts_of
from myschool_gateway.schemas import consents
from myschool_gateway.schemas.common import PageToken

reads = routing.reads("consents")
writes = routing.writes("consents")
routers = (reads, writes)
# It is opened from a file later: nothing in it may run, wherever it is opened.
_DOCUMENT = {"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}


@reads.get("/consents", response_model=consents.AskedConsents)
async def get_missing_consents(caller: Reader) -> Response:
    """What has to be answered before the cabinet opens: one's own, and for each child under 14 in one's care."""
    return await caller.ready(caller.services.consent.GetAskedConsents, pb.GetAskedConsentsRequest())


@writes.post("/consents")
async def give_consents(caller: Writer, body: consents.GiveConsents) -> consents.MissingConsents:
    """Gives or declines consents by the version that was read; all are taken or none."""
    answers = [
        pb.ConsentAnswer(
            subject_id=str(item.subject_id) if item.subject_id else "", purpose=item.purpose, version=item.version, declined=item.declined
        )
        for item in body.consents
    ]
    return await _told(caller, await caller.ask(caller.services.consent.AnswerConsents, pb.AnswerConsentsRequest(answers=answers)))


@writes.post("/consents/withdrawals")
async def withdraw_consent(caller: Writer, body: consents.WithdrawConsent) -> consents.MissingConsents:
    """Takes a consent back. What rested on it stops in every service; without the one to personal data the cabinet closes."""
    subject = str(body.subject_id) if body.subject_id else ""
    request = pb.WithdrawConsentRequest(subject_id=subject, purpose=body.purpose)
    return await _told(caller, await caller.ask(caller.services.consent.WithdrawConsent, request))


@reads.get("/consents/book", response_model=consents.ConsentBook)
async def get_consent_book(caller: Reader) -> Response:
    """How each purpose stands for oneself and each child in one's care."""
    return await caller.ready(caller.services.consent.GetConsentBook, pb.GetConsentBookRequest())


@reads.get("/consents/facts", response_model=consents.ConsentFacts)
async def list_consent_facts(
    caller: Reader, subject_id: UUID, page_size: Annotated[int, Query(ge=1, le=200)] = 50, page_token: Annotated[PageToken, Query()] = ""
) -> Response:
    """Every word on the consents of one person, newest first."""
    request = pb.ListConsentFactsRequest(subject_id=str(subject_id), page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.consent.ListConsentFacts, request)


@reads.get("/consents/document", response_class=HTMLResponse)
async def get_consent_document(caller: Reader, subject_id: UUID) -> HTMLResponse:
    """The ledger of one person as a document to read, print and keep."""
    reply = await caller.ask(caller.services.consent.ExportConsents, pb.ExportConsentsRequest(subject_id=str(subject_id)))
    return HTMLResponse(reply.content, headers={**_DOCUMENT, "Content-Disposition": f'attachment; filename="{reply.file_name}"'})


async def _told(caller: Writer, changed: pb.ConsentsChanged) -> consents.MissingConsents:
    """Opens and closes cabinets at once, on every device of everybody whom the change concerns."""
    parts = parts_of(caller)
    for person in changed.people:
        await _apply(parts, person.person_id, tuple(person.missing_consents))
    own = next((person for person in changed.people if person.person_id == caller.session.person_id), None)
    missing = list(own.missing_consents) if own is not None else []
    return consents.MissingConsents(missing_consents=missing)


async def _apply(parts: Parts, person_id: str, missing: tuple[str, ...]) -> None:
    for session_id in await parts.sessions.of_person(person_id):
        if await parts.sessions.change(session_id, lambda present: replace(present, missing_consents=missing)):
            await parts.sessions.tell(session_id, "role")
