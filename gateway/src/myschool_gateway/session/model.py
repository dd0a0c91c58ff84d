"""What the gateway knows of a signed-in browser."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from myschool_kit.principal import Principal

NO_ROLE = "PERSON"
# Who acts for a whole school or region: a session of theirs needs a confirmed account and is shorter.
ADMINISTRATORS = frozenset({"HEAD", "DEPUTY_HEAD", "MUNICIPAL_COORDINATOR", "REGIONAL_COORDINATOR", "FEDERAL_ADMINISTRATOR"})


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. `session_id` may be told to other services; the cookie's secret never leaves the gateway."""

    session_id: str
    person_id: str
    display_name: str
    keycloak_sid: str
    opened_at_ms: int
    missing_consents: tuple[str, ...] = ()
    role_id: str = ""
    role_type: str = NO_ROLE
    organisation_id: str = ""
    organisation_name: str = ""
    region_code: str = ""
    student_ids: tuple[str, ...] = ()
    trusted: bool = True  # of sessions stored before this was known
    # Of a child who signed in by a paired device: no Keycloak session and no tokens stand behind it.
    pairing_id: str = ""

    @property
    def is_administrator(self) -> bool:
        """Whether the person acts for a whole school or region now."""
        return self.role_type in ADMINISTRATORS

    @property
    def principal(self) -> Principal:
        """The person in the role they act in."""
        return Principal(
            person_id=self.person_id,
            display_name=self.display_name,
            role_type=self.role_type,
            role_id=self.role_id,
            organisation_id=self.organisation_id,
            region_code=self.region_code,
            session_id=self.session_id,
        )

    def without_role(self) -> "Session":
        """The same person acting in no role."""
        return replace(self, role_id="", role_type=NO_ROLE, organisation_id="", organisation_name="", region_code="", student_ids=())


@dataclass(frozen=True, slots=True)
class Tokens:
    """Keycloak's tokens of a session; they never reach a browser and lie encrypted in Valkey."""

    refresh_token: str
    refresh_at_ms: int


def encode(session: Session) -> bytes:
    """The session as stored; a gateway of the version before reads every session but a paired child's."""
    fields = asdict(session)
    if not session.pairing_id:
        del fields["pairing_id"]
    return orjson.dumps(fields)


def decode(stored: bytes) -> Session:
    """The session as it was stored."""
    fields: dict[str, Any] = orjson.loads(stored)
    fields["missing_consents"] = tuple(fields["missing_consents"])
    fields["student_ids"] = tuple(fields["student_ids"])
    return Session(**fields)
