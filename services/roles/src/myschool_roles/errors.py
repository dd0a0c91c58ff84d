"""What can go wrong in roles, by stable reason."""

from myschool_kit.errors import AlreadyExists, Invalid, NotFound, RuleBroken, Stale


class OrganisationNotFound(NotFound):
    """No such organisation in the caller's scope."""

    reason = "ORGANISATION_NOT_FOUND"


class GroupNotFound(NotFound):
    """No such student group among those the caller is related to."""

    reason = "GROUP_NOT_FOUND"


class PersonNotFound(NotFound):
    """Nobody with this id is known."""

    reason = "PERSON_NOT_FOUND"


class RoleNotFound(NotFound):
    """No such role, or not the caller's to use or change."""

    reason = "ROLE_NOT_FOUND"


class ImportNotFound(NotFound):
    """No such import in the caller's scope."""

    reason = "IMPORT_NOT_FOUND"


class RoleNotActive(RuleBroken):
    """Only an ACTIVE role can be acted in; param `status`."""

    reason = "ROLE_NOT_ACTIVE"


class TransitionForbidden(RuleBroken):
    """The life cycle has no such step; params `from_status`, `to_status`."""

    reason = "ROLE_TRANSITION_FORBIDDEN"


class RoleNotTerminated(RuleBroken):
    """Only a TERMINATED role can be deleted; param `status`."""

    reason = "ROLE_NOT_TERMINATED"


class SingleRole(RuleBroken):
    """The single role of a person stays as long as the profile."""

    reason = "ROLE_IS_SINGLE"


class GrantForbidden(RuleBroken):
    """The caller's role may not grant or change roles of this type; param `role_type`."""

    reason = "ROLE_GRANT_FORBIDDEN"


class RoleExists(AlreadyExists):
    """The person holds such a live role in another status; params `role_id`, `status`, `version`."""

    reason = "ROLE_EXISTS"


class RoleChanged(Stale):
    """Somebody changed the role after the caller read it; params `current_status`, `current_version`."""

    reason = "ROLE_CHANGED"


class RolePlaceInvalid(Invalid):
    """The role's type does not fit the given organisation or region."""

    reason = "ROLE_PLACE_INVALID"


class FileUnreadable(Invalid):
    """The uploaded file cannot be read as the promised format; violations say what to change."""

    reason = "IMPORT_FILE_UNREADABLE"


class ImportChanged(Stale):
    """The school changed after the preview: confirming would do something else than was shown."""

    reason = "IMPORT_CHANGED"


class ImportExpired(RuleBroken):
    """A preview waits a day for its confirmation; then its people are forgotten."""

    reason = "IMPORT_EXPIRED"


class ImportHasErrors(RuleBroken):
    """A row is INVALID, so nothing is carried out; param `invalid` counts them."""

    reason = "IMPORT_HAS_ERRORS"


class FamilyRequestNotFound(NotFound):
    """No such request of the caller, or to the caller's school."""

    reason = "FAMILY_REQUEST_NOT_FOUND"


class FamilyRequestChanged(Stale):
    """The request was decided or changed after the caller read it; params `current_status`, `current_version`."""

    reason = "FAMILY_REQUEST_CHANGED"


class FamilyRequestsMany(RuleBroken):
    """A person has so many open requests at most; param `most`."""

    reason = "FAMILY_REQUESTS_MANY"


class OwnGuardian(RuleBroken):
    """Nobody stands for themselves."""

    reason = "OWN_GUARDIAN"


class GuardianshipNotFound(NotFound):
    """No such guardianship that the caller may change."""

    reason = "GUARDIANSHIP_NOT_FOUND"


class GuardianshipChanged(Stale):
    """The guardianship changed after the caller read it; param `current_version`."""

    reason = "GUARDIANSHIP_CHANGED"


class InvitationNotFound(NotFound):
    """No such code, or one that was used, taken back or has expired: the cases are never told apart."""

    reason = "INVITATION_NOT_FOUND"


class InvitationsMany(RuleBroken):
    """A parent has so many open invitations at most; param `most`."""

    reason = "INVITATIONS_MANY"


class AlreadyGuardian(RuleBroken):
    """The caller stands for the student in full already."""

    reason = "ALREADY_GUARDIAN"


class AccountOwn(RuleBroken):
    """Nobody blocks the own account."""

    reason = "ACCOUNT_OWN"


class AccountProtected(RuleBroken):
    """A coordinator's account is blocked, unblocked and merged by an operator of the system alone."""

    reason = "ACCOUNT_PROTECTED"


class NotAlike(RuleBroken):
    """The two records bear different names, or days of birth that contradict each other."""

    reason = "PEOPLE_NOT_ALIKE"


class MergeNotFound(NotFound):
    """No such merge among the people of the caller's scope."""

    reason = "MERGE_NOT_FOUND"


class KidNotFound(NotFound):
    """Госуслуги named no such child, or no school has the child in its lists under the same СНИЛС."""

    reason = "KID_NOT_FOUND"


class StudentAdult(RuleBroken):
    """From 18 on nobody is connected with a student but by the student's own word."""

    reason = "STUDENT_ADULT"


class StudentTooYoung(RuleBroken):
    """Under 14 a student decides nothing about guardians."""

    reason = "STUDENT_TOO_YOUNG"


class ClaimNotFound(NotFound):
    """No such claim of the caller or about the caller, or one whose time is over."""

    reason = "GUARDIAN_CLAIM_NOT_FOUND"


class ClaimChanged(Stale):
    """The claim was decided or taken back meanwhile; params `current_status`, `current_version`."""

    reason = "GUARDIAN_CLAIM_CHANGED"


class ClaimDeclined(RuleBroken):
    """The child has said no lately; the guardian may ask again a day later."""

    reason = "GUARDIAN_CLAIM_DECLINED"


class ClaimsMany(RuleBroken):
    """A guardian has so many open claims at most; param `most`."""

    reason = "GUARDIAN_CLAIMS_MANY"


class StudentInvitationsMany(RuleBroken):
    """A pupil has so many open invitations of the school at most; param `most`."""

    reason = "STUDENT_INVITATIONS_MANY"


class CardChecksMany(RuleBroken):
    """СНИЛС and certificates are compared so often a day at most; param `most`."""

    reason = "CARD_CHECKS_MANY"
