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
# Of a guardianship `w` at the moment that is filled in.
SEES = "w.may_see AND (w.ends_at IS NULL OR w.ends_at > {}::timestamptz)"
SIGNS = f"w.may_sign AND {SEES}"
# Of an enrolment `e`: a stay begins «since ever» unless the student came from another group. A school that joins in November has
# lessons and marks of September too.
CAME_FROM_ELSEWHERE = """EXISTS (
    SELECT FROM enrolment o WHERE o.student_id = e.student_id AND o.group_id <> e.group_id AND o.last_day < e.from_day)"""


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
