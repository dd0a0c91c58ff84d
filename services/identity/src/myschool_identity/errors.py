"""Errors of the identity service."""

from myschool_kit.errors import NotFound, Stale


class ConsentOutdated(Stale):
    """The person saw a text that has been replaced since; param `version` is the present one."""

    reason = "CONSENT_OUTDATED"


class ProfileUnknown(NotFound):
    """Nobody with this ESIA oid has come through the bridge."""

    reason = "PROFILE_UNKNOWN"
