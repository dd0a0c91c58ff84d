"""Errors of the identity service."""

from myschool_kit.errors import Forbidden, Invalid, NotFound, RuleBroken, Stale


class ConsentNeeded(Invalid):
    """Without this consent there is no account: who does not want to give it signs out."""

    reason = "CONSENT_NEEDED"


class ConsentNotGiven(RuleBroken):
    """There is nothing to take back."""

    reason = "CONSENT_NOT_GIVEN"


class ConsentNotYours(Forbidden):
    """At this age somebody else decides: under 14 a guardian, from 18 on the person."""

    reason = "CONSENT_NOT_YOURS"


class ConsentOutdated(Stale):
    """The person saw a text that has been replaced since; param `version` is the present one."""

    reason = "CONSENT_OUTDATED"


class ProfileUnknown(NotFound):
    """Nobody with this ESIA oid has come through the bridge."""

    reason = "PROFILE_UNKNOWN"


class ErasureNotWaiting(NotFound):
    """The request is somebody else's, was taken back or has been carried out."""

    reason = "ERASURE_NOT_WAITING"


class TokenUnknown(NotFound):
    """No token has this secret, or it has expired or was revoked."""

    reason = "TOKEN_UNKNOWN"


class TooManyTokens(RuleBroken):
    """The person has as many living tokens as there may be; param `most`."""

    reason = "TOO_MANY_TOKENS"


class RecordTaken(RuleBroken):
    """The school's record belongs to another account already."""

    reason = "RECORD_TAKEN"


class RecordOfAnother(RuleBroken):
    """The school's record carries another СНИЛС than the account."""

    reason = "RECORD_OF_ANOTHER"


class PairingCodeUnknown(NotFound):
    """No open code reads like this: it is unknown, expired, revoked or used."""

    reason = "PAIRING_CODE_UNKNOWN"


class PairingUnknown(NotFound):
    """The device was never paired, or a guardian has revoked it."""

    reason = "PAIRING_UNKNOWN"


class PairedSession(Forbidden):
    """What outlives a device, or cannot be taken back, is not done from a child's device."""

    reason = "PAIRED_SESSION"


class ChildFourteen(RuleBroken):
    """From 14 on the child signs in by an account of their own at Госуслуги."""

    reason = "CHILD_FOURTEEN"


class GuardianGone(RuleBroken):
    """Nobody stands for the child any more, so nobody could end the device."""

    reason = "GUARDIAN_GONE"


class TooManyCodes(RuleBroken):
    """The child has as many open codes as there may be; param `most`."""

    reason = "TOO_MANY_CODES"


class TooManyDevices(RuleBroken):
    """The child has as many devices as there may be; param `most`."""

    reason = "TOO_MANY_DEVICES"


class AccountBlocked(RuleBroken):
    """The person may not sign in for now; param `reason_code` is one of `blocking.rules.REASONS`."""

    reason = "ACCOUNT_BLOCKED"


class AccountChanged(Stale):
    """The account was blocked or unblocked after the caller looked at it; params `current_version`, `blocked`."""

    reason = "ACCOUNT_CHANGED"


class BlockWordsMissing(Invalid):
    """A block and its end are explained in words to whoever decides next."""

    reason = "BLOCK_WORDS_MISSING"


class AccountsTwo(RuleBroken):
    """Both records have an account: they are not joined, for one of the two would lose its sign-in."""

    reason = "ACCOUNTS_TWO"


class MergeNotLatest(RuleBroken):
    """One of the two persons was merged again since; that merge has to be taken back first."""

    reason = "MERGE_NOT_LATEST"


class MailOff(RuleBroken):
    """The region sends no letters."""

    reason = "MAIL_OFF"


class AddressKnown(RuleBroken):
    """The address is in the person's list already."""

    reason = "ADDRESS_KNOWN"


class AddressNotConfirmed(RuleBroken):
    """Nothing is told to an address before its code has been typed."""

    reason = "ADDRESS_NOT_CONFIRMED"


class TooManyAddresses(RuleBroken):
    """The person has as many addresses as there may be; param `most`."""

    reason = "TOO_MANY_ADDRESSES"


class TooManyLetters(RuleBroken):
    """As many codes were sent for the person as may be in a day; param `most`."""

    reason = "TOO_MANY_LETTERS"


class CodeTooSoon(RuleBroken):
    """A code has just been sent; param `seconds` until another one may be asked for."""

    reason = "CODE_TOO_SOON"


class NoticeChanged(Stale):
    """The address was changed after the caller looked at it; param `current_version`."""

    reason = "NOTICE_CHANGED"
