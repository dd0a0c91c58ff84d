"""Every route of the public API as its OpenAPI tells it, filled with ids and a body that is good in itself."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from people import CSRF, Visitor

_SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "gateway" / "openapi.json").read_text(encoding="utf-8"))
# Answered without a session on purpose: the page asks whether there is one.
_OPEN = ("GET", "/api/v1/session")
# Asked in its own test: it signs out whoever asks, and nobody could ask for anything after it.
_LEAVES = ("DELETE", "/api/v1/sessions")
_DAY = "2026-11-23"


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str

    @property
    def spec(self) -> dict[str, Any]:
        return _SCHEMA["paths"][self.path][self.method.lower()]

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def names(self) -> list[str]:
        """Names of the ids in the path."""
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]

    @property
    def queries(self) -> list[str]:
        return [one["name"] for one in self.spec.get("parameters", []) if one["in"] == "query"]

    @property
    def body_type(self) -> str:
        """Media type of the body; empty when the route takes none."""
        return next(iter(self.spec.get("requestBody", {}).get("content", {})), "")

    def filled(self, ids: dict[str, str]) -> str:
        """The path with ids; those that are not named are random."""
        path = self.path
        for name in self.names:
            path = path.replace(f"{{{name}}}", ids.get(name) or str(uuid4()))
        return path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ROUTES = [
    Route(method.upper(), path)
    for path, methods in _SCHEMA["paths"].items()
    for method in methods
    if path.startswith("/api/") and (method.upper(), path) not in (_OPEN, _LEAVES)
]


def body_of(route: Route, ids: dict[str, str]) -> Any:
    """A body that passes every check of shape, so that only its owner is left to be asked."""
    mark = {"value": "5", "expected_version": 0, "comment": ""}
    bodies: dict[str, Any] = {
        "POST /api/v1/chats/{chat_id}/messages": {"client_message_id": str(uuid4()), "body": "чужое сообщение"},
        "POST /api/v1/chats/{chat_id}/read": {"seq": 1},
        "POST /api/v1/consents": {"consents": [{"purpose": "nothing", "version": "1"}]},
        "POST /api/v1/consents/withdrawals": {"purpose": "nothing", "subject_id": ids.get("student_id") or str(uuid4())},
        "POST /api/v1/gradebooks/{gradebook_id}/marks": {
            "marks": [{"lesson_id": ids.get("lesson_id", ""), "student_id": ids.get("student_id", ""), **mark}]
        },
        "PATCH /api/v1/lessons/{lesson_id}": {"topic": "чужая тема", "work_type": "", "expected_version": 1},
        "PUT /api/v1/lessons/{lesson_id}/attendance/{student_id}": {"status": "ABSENT", "minutes_late": 0, "expected_version": 0},
        "PUT /api/v1/lessons/{lesson_id}/homework": {
            "text": "чужое задание",
            "due_lesson_id": ids.get("lesson_id", ""),
            "minutes": 0,
            "items": [],
            "expected_version": 0,
        },
        "PUT /api/v1/lessons/{lesson_id}/marks/{student_id}": mark,
        "POST /api/v1/family/requests": {
            "kind": "SELF",
            "organisation_id": ids.get("organisation_id", ""),
            "record_id": ids.get("student_id", ""),
        },
        "POST /api/v1/family/requests/{family_request_id}/confirm": {"expected_version": 1, "record_id": ids.get("student_id", "")},
        "POST /api/v1/family/requests/{family_request_id}/refuse": {"expected_version": 1, "reason": "чужой"},
        "POST /api/v1/family/requests/{family_request_id}/withdraw": {"expected_version": 1},
        "POST /api/v1/family/invitations": {"student_id": ids.get("student_id", ""), "rights": ["SEE"], "last_day": _DAY},
        "POST /api/v1/family/kids": {"key": "чужой"},
        "POST /api/v1/family/claims/{claim_id}/confirm": {"expected_version": 1},
        "POST /api/v1/family/claims/{claim_id}/decline": {"expected_version": 1},
        "POST /api/v1/family/claims/{claim_id}/withdraw": {"expected_version": 1},
        "POST /api/v1/school/family-invitations": {"student_ids": [ids.get("student_id", "")]},
        "POST /api/v1/school/family-invitations/slips": {"invitation_ids": [str(uuid4())]},
        "POST /api/v1/family/invitations/accept": {"code": "чужой"},
        "POST /api/v1/guardianships/{guardianship_id}/end": {"expected_version": 1},
        "POST /api/v1/guardianships/{guardianship_id}/extend": {"expected_version": 1, "last_day": _DAY},
        "POST /api/v1/guardianships/{guardianship_id}/limit": {
            "expected_version": 1,
            "rights": [],
            "basis": "чужое основание",
            "document_day": _DAY,
        },
        "POST /api/v1/children/{child_id}/pairings": {"device_name": "чужой планшет"},
        "POST /api/v1/accounts/{person_id}/block": {"reason": "ABUSE", "words": "чужой", "expected_version": 0},
        "POST /api/v1/accounts/{person_id}/unblock": {"words": "чужой", "expected_version": 0},
        "POST /api/v1/duplicates/verdict": {
            "first_id": ids.get("student_id", ""),
            "second_id": ids.get("person_id", ""),
            "different": True,
        },
        "POST /api/v1/merges": {"person_id": ids.get("student_id", ""), "merged_id": ids.get("person_id", "")},
        "POST /api/v1/library/items/{item_id}/decision": {"verdict": "APPROVE", "comment": "", "expected_version": 1},
        "POST /api/v1/library/items/{item_id}/opens": {"lesson_id": ids.get("lesson_id", "")},
        "POST /api/v1/roles": {
            "person_id": ids.get("person_id", ""),
            "role_type": "TEACHER",
            "organisation_id": ids.get("organisation_id", ""),
            "status": "ACTIVE",
        },
        "POST /api/v1/roles/{role_id}/status": {"status": "SUSPENDED", "reason": "чужая", "expected_version": 1},
        "POST /api/v1/tokens": {"name": "Календарь", "days": 30},
        "POST /api/v1/session/role": {"role_id": ids.get("role_id", "")},
        "POST /api/v1/students/{student_id}/diary/acknowledgements": {"week": _DAY},
    }
    return bodies.get(str(route))


async def ask(visitor: Visitor, route: Route, path: str, **request: Any) -> httpx.Response:
    """One call as this person; the rate limit is waited for, it is not what is tested here."""
    headers = {**CSRF, "Idempotency-Key": str(uuid4()), "Origin": visitor.gateway, **request.pop("headers", {})}
    while True:
        answer = await visitor.http.request(route.method, path, headers=headers, **request)
        if answer.status_code != 429:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def ask_well(visitor: Visitor, route: Route, ids: dict[str, str]) -> httpx.Response:
    """A call that is right in all but whose ids it names."""
    if route.body_type == "multipart/form-data":
        form = {"organisation_id": ids.get("organisation_id", ""), "format": "SHEET"}
        return await ask(visitor, route, route.filled(ids), data=form, files={"file": ("s.csv", "тип;имя\n".encode(), "text/csv")})
    query = {"expected_version": "1"} if route.method == "DELETE" and "expected_version" in route.queries else None
    body = body_of(route, ids)
    return await ask(visitor, route, route.filled(ids), params=query, **({} if body is None else {"json": body}))


def fault(route: Route, answer: httpx.Response, wanted: set[int], told: str = "") -> str:
    """What is wrong with a refusal; empty when it is a problem document with one of these statuses."""
    where = f"{route} {told}".strip()
    if answer.status_code not in wanted:
        return f"{where}: {answer.status_code} instead of {sorted(wanted)}: {answer.text[:160]}"
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{where}: {answer.headers.get('content-type')} is no problem document"
    document = answer.json()
    if document["status"] != answer.status_code or "." not in document["code"]:
        return f"{where}: the document says {document['status']} {document['code']}"
    return ""
