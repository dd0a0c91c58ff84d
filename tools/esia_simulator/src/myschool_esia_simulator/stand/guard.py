"""The stand has no password: only its own pages, and programs, may change something, never a page of another site."""

from fastapi import HTTPException, Request

_SAFE = frozenset({"GET", "HEAD"})


def own_site(request: Request) -> None:
    """Refuses (403) what a browser sends on behalf of another site."""
    if request.method not in _SAFE and request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "only pages of the stand itself may change it")
