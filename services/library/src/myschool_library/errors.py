"""Failures of the library that a caller can understand."""

from myschool_kit.errors import Forbidden, Invalid, NotFound, RuleBroken, Stale, Violation


class CommentMissing(Invalid):
    """A refusal must tell the provider what to change."""

    reason = "COMMENT_MISSING"

    def __init__(self) -> None:
        super().__init__("a refusal needs a comment", violations=[Violation("comment", "say what the provider has to change")])


class ContentConsentMissing(Forbidden):
    """The consent to content was declined or taken back: the person sees what there is and opens nothing."""

    reason = "CONTENT_CONSENT_MISSING"


class ItemChanged(Stale):
    """Another version arrived, or another expert decided, after the caller read the item."""

    reason = "ITEM_CHANGED"


class ItemNotFound(NotFound):
    """No such item, or not one for the caller's eyes."""

    reason = "ITEM_NOT_FOUND"


class ItemNotWaiting(RuleBroken):
    """The item's latest version has its verdict already."""

    reason = "ITEM_NOT_WAITING"


class LessonInvalid(Invalid):
    """The lesson id is not a UUID."""

    reason = "LESSON_INVALID"

    def __init__(self) -> None:
        super().__init__("lesson id is not valid", violations=[Violation("lesson_id", "give a UUID or leave it empty")])


class ThirdPartyConsentMissing(Forbidden):
    """The consent to go to providers' own sites was declined or taken back: only the library's own content opens."""

    reason = "THIRD_PARTY_CONSENT_MISSING"


class VerdictMissing(Invalid):
    """Neither approved nor refused."""

    reason = "VERDICT_MISSING"

    def __init__(self) -> None:
        super().__init__("no verdict was given", violations=[Violation("verdict", "approve or reject")])
