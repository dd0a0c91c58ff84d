"""A person at the door: sign-in, roles, and what the page is told about them."""

from dataclasses import replace
from typing import Any

import orjson
from google.protobuf.message import Message

from myschool.common.v1 import options_pb2
from myschool.identity.v1 import consent_pb2, erasure_pb2, identity_pb2, pairing_pb2, session_pb2, token_pb2
from myschool.roles.v1 import roles_pb2
from myschool_gateway.clients import Services
from myschool_gateway.context import Visit
from myschool_gateway.errors import AccountUnconfirmed
from myschool_gateway.schemas import people
from myschool_gateway.session.model import ADMINISTRATORS, Session
from myschool_gateway.session.principals import SYSTEM, Principals
from myschool_kit import client, clock
from myschool_kit.errors import DomainError, Kind, kind_of
from myschool_kit.telemetry import logger

_log = logger(__name__)
ENDED_BY_OTHERS = frozenset({"blocked", "linked", "separated"})
_LOST = frozenset({Kind.NOT_FOUND, Kind.RULE_BROKEN, Kind.FORBIDDEN})


class Cabinet:
    """Composes identity and roles; holds no state."""

    def __init__(self, services: Services, principals: Principals) -> None:
        self._services = services
        self._principals = principals

    async def sign_in(self, esia_oid: str, blank: Session, device: str, traceparent: str) -> Session:
        """The account behind a Keycloak sign-in; acts at once in the person's only active role."""
        request = identity_pb2.SignInRequest(esia_oid=esia_oid, session_id=blank.session_id, device=device[:200])
        reply = await self._call(self._services.identity.SignIn, request, self._principals.token(SYSTEM), traceparent)
        session = replace(
            blank,
            person_id=reply.person_id,
            display_name=reply.display_name,
            missing_consents=tuple(reply.missing_consents),
            trusted=reply.trusted,
        )
        return await self._in_only_role(session, traceparent)

    async def redeem(self, request: pairing_pb2.RedeemPairingRequest, traceparent: str) -> Session:
        """The child whose code it is. Raises RemoteError (NOT_FOUND for a code that is no good)."""
        return await self._paired(self._services.pairing.RedeemPairing, request, traceparent)

    async def resume(self, request: pairing_pb2.ResumePairingRequest, traceparent: str) -> Session:
        """The child whose device it is. Raises RemoteError."""
        return await self._paired(self._services.pairing.ResumePairing, request, traceparent)

    async def device_name(self, secret_hash: str, traceparent: str) -> str:
        """First name of the child whose device it is. Raises RemoteError."""
        request = pairing_pb2.GetPairedDeviceRequest(device_secret_hash=secret_hash)
        reply = await self._call(self._services.pairing.GetPairedDevice, request, self._principals.token(SYSTEM), traceparent)
        return str(reply.given_name)

    async def forget_device(self, secret_hash: str, traceparent: str) -> list[str]:
        """Ids of the device's sessions, which must be dropped now."""
        request = pairing_pb2.ForgetPairingRequest(device_secret_hash=secret_hash)
        reply = await self._call(self._services.pairing.ForgetPairing, request, self._principals.token(SYSTEM), traceparent)
        return list(reply.session_ids)

    async def is_paired(self, session: Session, traceparent: str) -> bool:
        """Whether the session may go on as far as its device is concerned; always for one opened through Госуслуги."""
        if not session.pairing_id:
            return True
        request = pairing_pb2.CheckPairingRequest(pairing_id=session.pairing_id)
        reply = await self._call(self._services.pairing.CheckPairing, request, self._principals.token(SYSTEM), traceparent)
        return bool(reply.live)

    async def sign_out(self, session_id: str, reason: str, traceparent: str) -> None:
        """Tells identity that a session is over."""
        request = identity_pb2.SignOutRequest(session_id=session_id, reason=reason)
        await self._call(self._services.identity.SignOut, request, self._principals.token(SYSTEM), traceparent)

    async def enter(self, session: Session, role_id: str, visit: Visit) -> tuple[Session, people.SessionState]:
        """The session in another role, and what the page is told. Raises RemoteError for a role that cannot be entered."""
        roles = await self._roles(visit.token, visit.traceparent)
        entered = await self._entered(session, role_id, visit.traceparent)
        if entered.is_administrator and not session.trusted:
            raise AccountUnconfirmed("confirm the account at Госуслуги first")
        # A child may have come under somebody's care, or a birthday passed, since the sign-in.
        request = consent_pb2.CheckConsentsRequest()
        asked = await self._call(self._services.consent.CheckConsents, request, visit.token, visit.traceparent)
        entered = replace(entered, missing_consents=tuple(asked.missing_consents))
        return entered, _state(entered, roles, visit)

    async def holder(self, request: token_pb2.ResolveTokenRequest, session_id: str, traceparent: str) -> Session:
        """Who reads with a personal token, in the role it was made in. Raises RemoteError (NOT_FOUND for a token that is no good)."""
        found = await self._call(self._services.token.ResolveToken, request, self._principals.token(SYSTEM), traceparent)
        blank = Session(
            session_id=session_id,
            person_id=found.person_id,
            display_name=found.display_name,
            keycloak_sid="",
            opened_at_ms=0,
            missing_consents=tuple(found.missing_consents),
        )
        return await self._entered(blank, found.role_id, traceparent)

    async def state(self, session: Session, visit: Visit) -> people.SessionState:
        """What the page is told about the session."""
        return _state(session, await self._roles(visit.token, visit.traceparent), visit)

    async def erased(self, session: Session, traceparent: str) -> bool:
        """Whether the person's profile has been erased since the session was opened."""
        token = self._principals.token(session.principal)
        reply = await self._call(self._services.erasure.GetErasure, erasure_pb2.GetErasureRequest(), token, traceparent)
        latest = (orjson.loads(reply.body).get("request") or {}).get("carried_out_at_ms", 0)
        return bool(latest > session.opened_at_ms)

    async def ended(self, session: Session, traceparent: str) -> str:
        """Why identity has ended the session by itself (a block, a merge); empty while it goes on."""
        token = self._principals.token(session.principal)
        reply = await self._call(self._services.session.GetOwnSession, session_pb2.GetOwnSessionRequest(), token, traceparent)
        return reply.end_reason if reply.end_reason in ENDED_BY_OTHERS else ""

    async def checked(self, session: Session, traceparent: str) -> Session:
        """The session with its role looked at again: a role taken away meanwhile is lost within minutes."""
        if not session.role_id:
            return session
        try:
            return await self._entered(session, session.role_id, traceparent)
        except DomainError as error:
            if kind_of(error) in _LOST:
                return session.without_role()
            raise

    async def _paired(self, method: Any, request: Any, traceparent: str) -> Session:
        found = await self._call(method, request, self._principals.token(SYSTEM), traceparent)
        session = Session(
            session_id=request.session_id,
            person_id=found.person_id,
            display_name=found.display_name,
            keycloak_sid="",
            opened_at_ms=clock.epoch_ms(clock.now()),
            missing_consents=tuple(found.missing_consents),
            # Whoever comes by a code of the family's never acts for a whole school.
            trusted=False,
            pairing_id=found.pairing_id,
        )
        try:
            return await self._in_only_role(session, traceparent)
        except DomainError as error:
            # The code is used up by now: the child goes in without a role rather than not at all, and chooses it on the page.
            _log.warning("role_not_entered", reason=error.reason)
            return session

    async def _in_only_role(self, session: Session, traceparent: str) -> Session:
        roles = await self._roles(self._principals.token(session.principal), traceparent)
        active = [role for role in roles if role.status == "ACTIVE"]
        if len(active) != 1 or (active[0].type in ADMINISTRATORS and not session.trusted):
            return session
        return await self._entered(session, active[0].id, traceparent)

    async def _roles(self, token: str, traceparent: str) -> list[people.Role]:
        reply = await self._call(self._services.roles.WhoAmI, roles_pb2.WhoAmIRequest(), token, traceparent)
        return people.RoleList.model_validate_json(reply.body).roles

    async def _entered(self, session: Session, role_id: str, traceparent: str) -> Session:
        token = self._principals.token(session.principal)
        reply = await self._call(self._services.roles.EnterRole, roles_pb2.EnterRoleRequest(role_id=role_id), token, traceparent)
        return replace(
            session,
            role_id=reply.role_id,
            role_type=options_pb2.RoleType.Name(reply.role_type).removeprefix("ROLE_TYPE_"),
            organisation_id=reply.organisation_id,
            organisation_name=reply.organisation_name,
            region_code=reply.region_code,
            student_ids=tuple(reply.student_ids),
        )

    @staticmethod
    async def _call(method: Any, request: Message, token: str, traceparent: str) -> Any:
        return await client.call(method, request, token=token, traceparent=traceparent)


def _state(session: Session, roles: list[people.Role], visit: Visit) -> people.SessionState:
    acting = None
    if session.role_id:
        acting = people.ActingRole.model_validate(
            {
                "id": session.role_id,
                "type": session.role_type,
                "organisation_id": session.organisation_id,
                "organisation_name": session.organisation_name,
            }
        )
    return people.SessionState(
        authenticated=True,
        person=people.PersonBrief(id=session.person_id, display_name=session.display_name),
        role=acting,
        roles=roles,
        missing_consents=list(session.missing_consents),
        notice="" if any(role.status == "ACTIVE" for role in roles) else "no_roles",
        expires_at=visit.ends_at_ms,
        ends_at=visit.until_ms,
        server_time=clock.epoch_ms(clock.now()),
    )
