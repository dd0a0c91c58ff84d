"""The way in of a child under 14, for the guardians: codes, devices, revocation."""

from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from myschool.identity.v1 import pairing_pb2 as pb
from myschool_gateway import routing
from myschool_gateway.caller import Reader, Writer
from myschool_gateway.parts import Parts, parts_of
from myschool_gateway.schemas import pairings
from myschool_kit import client

reads = routing.reads("family")
writes = routing.writes("family")
routers = (reads, writes)


@reads.get("/children/{child_id}/pairings")
async def get_pairings(caller: Reader, child_id: UUID, response: Response) -> pairings.Pairings:
    """Open codes and devices of a child; when a device was last used is known here to the minute."""
    reply = await caller.ask(caller.services.pairing.GetPairings, pb.GetPairingsRequest(child_id=str(child_id)))
    response.headers["Cache-Control"] = "private, no-store"
    found: dict[str, Any] = {"may_create": False, "codes": [], "devices": []} | orjson.loads(reply.body)
    found["devices"] = [await _seen(parts_of(caller), device) for device in found["devices"]]
    return pairings.Pairings.model_validate(found)


@writes.post("/children/{child_id}/pairings", status_code=201)
async def create_pairing(caller: Writer, response: Response, child_id: UUID, body: pairings.CreatePairing) -> pairings.CreatedPairing:
    """A code for one device. Repeated with the same key it is the same code; it is in this answer and nowhere else."""
    request = pb.CreatePairingRequest(pairing_id=caller.request_id, child_id=str(child_id), device_name=body.device_name)
    # Without a request id: the service would keep the answer, and the code with it, for repetitions.
    visit = caller.visit
    reply = await client.call(caller.services.pairing.CreatePairing, request, token=visit.token, traceparent=visit.traceparent)
    response.headers["Cache-Control"] = "no-store"
    return pairings.CreatedPairing(id=caller.request_id, code=reply.code, expires_at_ms=reply.expires_at_ms)


@writes.delete("/children/{child_id}/pairings/{pairing_id}", status_code=204)
async def revoke_pairing(caller: Writer, child_id: UUID, pairing_id: UUID) -> Response:
    """Ends a code or a device; whoever is signed in by it is out at once."""
    request = pb.RevokePairingRequest(child_id=str(child_id), pairing_id=str(pairing_id))
    reply = await caller.ask(caller.services.pairing.RevokePairing, request)
    for session_id in reply.session_ids:
        await parts_of(caller).sessions.end(session_id)
    return Response(status_code=204)


async def _seen(parts: Parts, device: dict[str, Any]) -> dict[str, Any]:
    seen = await parts.sessions.seen(device.pop("session_ids"))
    return {**device, "live": bool(seen), "used_at_ms": max(device["used_at_ms"], *seen.values(), 0)}
