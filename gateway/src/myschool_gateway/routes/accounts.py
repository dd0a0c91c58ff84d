"""Who may not sign in: the accounts of a coordinator's region."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from myschool.identity.v1 import blocking_pb2
from myschool.roles.v1 import accounts_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.parts import parts_of
from myschool_gateway.schemas import accounts
from myschool_gateway.schemas.common import PageToken, Text

reads = routing.reads("school")
writes = routing.writes("school")
routers = (reads, writes)


@reads.get("/accounts", response_model=accounts.AccountList)
async def list_accounts(
    caller: Reader,
    q: Annotated[Text, Query(max_length=100)] = "",
    blocked: Annotated[bool, Query(description="Only who is blocked now")] = False,
    never: Annotated[bool, Query(description="Only who has never signed in; such a page may be short and still have a next one")] = False,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    page_token: PageToken = "",
) -> Response:
    """People of the region by name, with the state of their accounts."""
    request = accounts_pb2.ListAccountsRequest(query=q, blocked=blocked, never=never, page_size=page_size, page_token=page_token)
    return await caller.ready(caller.services.accounts.ListAccounts, request)


@reads.get("/accounts/{person_id}/history", response_model=accounts.AccountHistory)
async def get_account_history(caller: Reader, person_id: UUID) -> Response:
    """Every block of the person and its end."""
    request = accounts_pb2.GetAccountHistoryRequest(person_id=str(person_id))
    return await caller.ready(caller.services.accounts.GetAccountHistory, request)


@writes.post("/accounts/{person_id}/block")
async def block_account(caller: Writer, person_id: UUID, body: accounts.BlockAccount) -> accounts.AccountSaved:
    """Ends every session and personal token of the person, and refuses the next sign-in."""
    request = accounts_pb2.BlockPersonRequest(
        person_id=str(person_id),
        reason=blocking_pb2.BlockReason.Value(f"BLOCK_REASON_{body.reason}"),
        words=body.words,
        expected_version=body.expected_version,
    )
    reply = await caller.ask(caller.services.accounts.BlockPerson, request)
    # Identity has told every gateway already; done here too, the answer means that the person is out.
    parts = parts_of(caller)
    for session_id in await parts.sessions.of_person(str(person_id)):
        await parts.endings.end_session(session_id, "blocked")
    return accounts.AccountSaved(version=reply.version)


@writes.post("/accounts/{person_id}/unblock")
async def unblock_account(caller: Writer, person_id: UUID, body: accounts.UnblockAccount) -> accounts.AccountSaved:
    """The person may sign in again."""
    request = accounts_pb2.UnblockPersonRequest(person_id=str(person_id), words=body.words, expected_version=body.expected_version)
    reply = await caller.ask(caller.services.accounts.UnblockPerson, request)
    return accounts.AccountSaved(version=reply.version)
