"""Sign-in of a child under 14: by a code of a guardian's, then by the device that has given one. Госуслуги and Keycloak are not asked.

How far guessing gets: a code is one of 31⁸ ≈ 8.5·10¹¹ and good for 15 minutes. A guess costs `GUESS` of what an address may spend,
so one address guesses 15 times at once and `AUTH_PER_SECOND` / `GUESS` = once in two seconds from then on: 43,200 a day. With a
hundred codes open at every moment in the region, one address needs on average 8.5·10¹¹ / (100 · 43,200) ≈ 200,000 days.
A device's secret has 256 bits.
"""

import hashlib
import secrets
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from myschool.identity.v1 import pairing_pb2 as pb
from myschool_gateway import problems, routing
from myschool_gateway.auth.device import device_of
from myschool_gateway.auth.gate import GUESS
from myschool_gateway.auth.leaving import address_of, end_present, visit_of
from myschool_gateway.cookies import DEVICE, LOGIN, SESSION
from myschool_gateway.errors import DeviceUnknown
from myschool_gateway.parts import parts_of
from myschool_gateway.problems import READ_PROBLEMS, WRITE_PROBLEMS
from myschool_gateway.schemas import pairings
from myschool_gateway.session.model import Session
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_kit.telemetry import logger

_log = logger(__name__)
router = APIRouter(prefix="/auth", tags=["auth"], generate_unique_id_function=routing.named)
_NO_STORE = {"Cache-Control": "no-store"}
_SECRET_BYTES = 32


@router.post("/child", status_code=204, responses=WRITE_PROBLEMS)
async def sign_in_by_code(request: Request, body: pairings.ChildCode) -> Response:
    """Takes up a guardian's code: this browser is signed in, and known as the child's device from now on."""
    parts, address, traceparent = parts_of(request), address_of(request), visit_of(request).traceparent
    secret, former = secrets.token_urlsafe(_SECRET_BYTES), DEVICE.read(request)
    # Taken in advance: a hundred guesses at once must not all be let in before the first is paid for.
    await parts.gate.pass_(address, GUESS)
    redeeming = pb.RedeemPairingRequest(
        code=body.code, session_id=str(uuid4()), device=_words(request), device_secret_hash=_hash_of(secret)
    )
    try:
        session = await parts.cabinet.redeem(redeeming, traceparent)
    except DomainError as error:
        if kind_of(error) not in (Kind.NOT_FOUND, Kind.INVALID):
            await parts.gate.back(address, GUESS - 1)
        raise
    await parts.gate.back(address, GUESS - 1)
    if former:
        await _forget(request, former)
    return await _signed_in(request, session, secret)


@router.get("/device", responses=READ_PROBLEMS)
async def get_device(request: Request, response: Response) -> pairings.Device:
    """Whose device this browser is: a first name, or empty. Only who holds the cookie is told."""
    response.headers.update(_NO_STORE)
    secret = DEVICE.read(request)
    if not secret:
        return pairings.Device(name="")
    parts = parts_of(request)
    await parts.gate.pass_(address_of(request))
    try:
        return pairings.Device(name=await parts.cabinet.device_name(_hash_of(secret), visit_of(request).traceparent))
    except DomainError as error:
        if kind_of(error) is not Kind.NOT_FOUND:
            raise
        DEVICE.drop(response)
        return pairings.Device(name="")


@router.post("/device", status_code=204, responses=WRITE_PROBLEMS)
async def sign_in_by_device(request: Request) -> Response:
    """Signs the child in whose device this browser is."""
    parts, secret = parts_of(request), DEVICE.read(request)
    await parts.gate.pass_(address_of(request))
    if not secret:
        raise DeviceUnknown("this browser is nobody's device")
    resuming = pb.ResumePairingRequest(device_secret_hash=_hash_of(secret), session_id=str(uuid4()), device=_words(request))
    try:
        session = await parts.cabinet.resume(resuming, visit_of(request).traceparent)
    except DomainError as error:
        if kind_of(error) is not Kind.NOT_FOUND:
            raise
        refused = problems.response(error, visit_of(request).instance)
        DEVICE.drop(refused)
        return refused
    return await _signed_in(request, session, secret)


@router.delete("/device", status_code=204, responses=WRITE_PROBLEMS)
async def forget_device(request: Request) -> Response:
    """Signs in by this browser no more: its cookie is dropped, the device and its sessions are ended. Done twice it is done once."""
    parts, secret = parts_of(request), DEVICE.read(request)
    await parts.gate.pass_(address_of(request))
    response = Response(status_code=204, headers=_NO_STORE)
    if secret:
        await _end_sessions(request, await parts.cabinet.forget_device(_hash_of(secret), visit_of(request).traceparent))
    DEVICE.drop(response)
    return response


async def _signed_in(request: Request, session: Session, secret: str) -> Response:
    """The cookies of a session just opened. Госуслуги's session in this browser ends too: the next click must not open a parent's page."""
    await end_present(request, with_keycloak=True)
    response = Response(status_code=204, headers=_NO_STORE)
    SESSION.put(response, await parts_of(request).sessions.open(session, None))
    DEVICE.put(response, secret)
    LOGIN.drop(response)
    return response


async def _forget(request: Request, secret: str) -> None:
    """What this browser was before it became this child's: left alone, it would stand in a list and be good for nothing."""
    try:
        await _end_sessions(request, await parts_of(request).cabinet.forget_device(_hash_of(secret), visit_of(request).traceparent))
    except DomainError as error:
        _log.info("device_not_forgotten", reason=error.reason)


async def _end_sessions(request: Request, session_ids: list[str]) -> None:
    for session_id in session_ids:
        await parts_of(request).sessions.end(session_id)


def _hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _words(request: Request) -> str:
    return device_of(request.headers.get("user-agent", ""))[:200]
