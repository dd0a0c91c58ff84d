"""Who calls, as the journal's queries need it, and the relations that let a caller touch a gradebook."""

from dataclasses import dataclass
from uuid import UUID

from myschool_kit.principal import Principal

_NOBODY = UUID(int=0)

# Every guarded statement takes the caller as its first three parameters: $1 person, $2 role type, $3 organisation;
# `g` is the gradebook. Roles that are not named here see nothing.
TEACHES = """EXISTS (
    SELECT FROM teaching t WHERE t.group_id = g.group_id AND t.subject = g.subject AND t.teacher_id = $1::uuid)"""
_HOMEROOM = "EXISTS (SELECT FROM student_group c WHERE c.id = g.group_id AND c.homeroom_teacher_id = $1::uuid)"
MAY_WRITE = f"""(g.organisation_id = $3::uuid AND (
    $2::text IN ('HEAD', 'DEPUTY_HEAD') OR $2::text = 'TEACHER' AND {TEACHES}))"""
MAY_READ = f"""(g.organisation_id = $3::uuid AND (
    $2::text IN ('HEAD', 'DEPUTY_HEAD') OR $2::text = 'TEACHER' AND ({TEACHES} OR {_HOMEROOM})))"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal with parsed ids; an id that is not a UUID becomes one that owns nothing."""

    person_id: UUID
    name: str
    role: str
    organisation_id: UUID

    @classmethod
    def of(cls, principal: Principal) -> "Caller":
        """The caller behind a verified principal."""
        return cls(_uuid(principal.person_id), principal.display_name, principal.role_type, _uuid(principal.organisation_id))

    @property
    def key(self) -> tuple[UUID, str, UUID]:
        """The first three parameters of every guarded statement."""
        return self.person_id, self.role, self.organisation_id


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY
