"""Only our own page may call: a header that no form can send, and the browser's own word on where a call comes from."""

from collections.abc import Mapping

from myschool_gateway.errors import CsrfRefused

HEADER = "x-myschool-csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"", "same-origin"})


def check_origin(method: str, headers: Mapping[str, str], origin: str) -> None:
    """Raises CsrfRefused. A client without a browser sends neither Origin nor Sec-Fetch-Site and needs the header alone."""
    given = headers.get("origin", "")
    if given and given != origin:
        raise CsrfRefused("the call comes from another origin")
    site = headers.get("sec-fetch-site", "")
    safe = method in _SAFE
    if site not in _OWN_SITES and not (safe and site == "none"):
        raise CsrfRefused("the call comes from another site")
    if not safe and headers.get(HEADER) != "1":
        raise CsrfRefused("the header X-MySchool-CSRF is missing")
