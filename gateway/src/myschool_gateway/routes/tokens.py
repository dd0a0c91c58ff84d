"""Personal read-only tokens of families."""

from uuid import UUID

from starlette.responses import Response

from myschool.identity.v1 import token_pb2
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.parts import parts_of
from myschool_gateway.schemas import tokens
from myschool_gateway.session.bearers import hash_of

reads = routing.reads("people")
writes = routing.writes("people")
routers = (reads, writes)


@reads.get("/tokens", response_model=tokens.FamilyTokens)
async def get_tokens(caller: Reader) -> Response:
    """The person's tokens, newest first, with their last use to the minute."""
    return await caller.ready(caller.services.token.GetTokens, token_pb2.GetTokensRequest())


@writes.post("/tokens", status_code=201)
async def create_token(caller: Writer, response: Response, body: tokens.CreateToken) -> tokens.CreatedToken:
    """A new token that reads diary and marks in the present role. Its secret is in this answer and nowhere else."""
    secret = parts_of(caller).bearers.secret(caller.session.person_id, caller.request_id)
    request = token_pb2.CreateTokenRequest(name=body.name, days=body.days, token_hash=hash_of(secret))
    reply = await caller.ask(caller.services.token.CreateToken, request)
    response.headers["Cache-Control"] = "no-store"
    return tokens.CreatedToken(id=reply.id, secret=secret, expires_at_ms=reply.expires_at_ms)


@writes.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(caller: Writer, token_id: UUID) -> Response:
    """Ends a token; the next call with it is refused."""
    reply = await caller.ask(caller.services.token.RevokeToken, token_pb2.RevokeTokenRequest(id=str(token_id)))
    await parts_of(caller).bearers.forget(reply.token_hash)
    return Response(status_code=204)
