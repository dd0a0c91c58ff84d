"""Uploads the library as its publisher does, and has it approved by the expert."""

from typing import Any

from myschool.library.v1 import library_pb2
from myschool_kit.principal import Principal
from myschool_seed.api import Platform, SeedError
from myschool_seed.load import together

_CHUNK = 250
_AT_ONCE = 2
# So many items wait for the expert, that the page «Экспертиза» has something to show.
WAITING = 12


async def upload(platform: Platform, items: list[dict[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Sends all items; answers (id, title) by subject, without those that will wait for approval."""
    token = await platform.provider_token()
    results: dict[str, dict[str, Any]] = {}

    async def send(chunk: list[dict[str, Any]]) -> None:
        answer = await platform.provider("POST", "items", token, json={"items": chunk})
        results.update((result["external_id"], result) for result in answer["results"])

    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    await together(_AT_ONCE, [lambda chunk=chunk: send(chunk) for chunk in chunks])  # type: ignore[misc]
    bad = [result for result in results.values() if result["status"] == "INVALID"]
    if bad:
        raise SeedError(f"The library refused {len(bad)} items, the first: {bad[0]}")
    by_subject: dict[str, list[tuple[str, str]]] = {}
    for item in items[:-WAITING]:
        by_subject.setdefault(item["subject"], []).append((results[item["external_id"]]["item_id"], item["title"]))
    return by_subject


async def approve(platform: Platform, expert: Principal, items: list[dict[str, Any]]) -> int:
    """Approves what is submitted, except the last few; answers how many."""
    token = await platform.provider_token()
    waiting = {item["external_id"] for item in items[-WAITING:]}
    page_token, approved = "", 0
    while True:
        query = {"status": "SUBMITTED", "page_size": "500", "page_token": page_token}
        page = await platform.provider("GET", "items", token, params=query)
        decisions = [
            library_pb2.DecideItemRequest(item_id=item["item_id"], verdict=library_pb2.VERDICT_APPROVE, expected_version=item["version"])
            for item in page["items"]
            if item["external_id"] not in waiting
        ]
        if decisions:
            reply = await platform.call(
                platform.library.DecideItems, library_pb2.DecideItemsRequest(decisions=decisions), expert, once=False
            )
            refused = [result.reason for result in reply.results if result.reason]
            if refused:
                raise SeedError(f"{len(refused)} verdicts were refused: {refused[0]}")
            approved += len(decisions)
        page_token = page["next_page_token"]
        if not page_token:
            return approved
