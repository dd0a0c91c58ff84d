"""The REST interface /rs: a person and the collections around them, each limited to the granted scopes."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from myschool_esia_simulator.errors import EsiaError
from myschool_esia_simulator.faults import Faults
from myschool_esia_simulator.people import Document, People, Person
from myschool_esia_simulator.scopes import DOCUMENT_SCOPES, KID_ATTRIBUTES, PERSON_ATTRIBUTES
from myschool_esia_simulator.tokens import Access, Tokens

Element = dict[str, Any]


class Directory:
    """Answers with people as the real interface does."""

    def __init__(self, people: People, public_url: str) -> None:
        self._people = people
        self._public_url = public_url
        self.collections: dict[str, Callable[[Person, frozenset[str]], list[Element] | None]] = {
            "ctts": self._contacts,
            "docs": self._documents,
            "kids": self._kids,
            "roles": self._roles,
        }

    def person(self, person: Person, scopes: frozenset[str]) -> Element:
        """The person; attributes of scopes that were not granted are left out."""
        body: Element = {
            "stateFacts": ["EntityRoot"],
            "status": "REGISTERED",
            "verifying": False,
            "rIdDoc": person.oid - 1_000_000_000,
            "containsUpCfmCode": False,
        }
        if person.trusted:
            body["trusted"] = True
        for scope, names in PERSON_ATTRIBUTES.items():
            if scope in scopes:
                body |= {name: getattr(person, name) for name in names}
        return body | {"eTag": _tag(body)}

    def collection(self, person: Person, name: str, elements: list[Element], *, embed: bool) -> Element:
        """A collection: whole elements when embedded, else absolute URLs to be read one by one."""
        base = f"{self._public_url}/rs/prns/{person.oid}/{name}"
        listed: list[Any] = elements if embed else [f"{base}/{_id(element)}" for element in elements]
        body = {"stateFacts": ["hasSize"], "size": len(elements), "elements": listed}
        return body | {"eTag": _tag(body)}

    def _contacts(self, person: Person, scopes: frozenset[str]) -> list[Element] | None:
        wanted = {"MBT": bool(scopes & {"mobile", "contacts"}), "EML": bool(scopes & {"email", "contacts"})}
        if not any(wanted.values()):
            return None
        contacts = [("MBT", person.mobile, True), ("EML", person.email, person.emailVerified)]
        return [
            _tagged({"stateFacts": ["Identifiable"], "id": number, "type": kind, "vrfStu": _verified(verified), "value": value})
            for number, (kind, value, verified) in enumerate(contacts, start=person.oid * 10)
            if value is not None and wanted[kind]
        ]

    def _documents(self, person: Person, scopes: frozenset[str]) -> list[Element] | None:
        opened = _opened(scopes - {"kid_birth_cert_doc"})
        return _listed(person.documents, opened, person.oid * 10) if opened else None

    def _kids(self, person: Person, scopes: frozenset[str]) -> list[Element] | None:
        if not scopes & {*KID_ATTRIBUTES, "kid_birth_cert_doc"}:
            return None
        names = [name for scope, attributes in KID_ATTRIBUTES.items() if scope in scopes for name in attributes]
        opened = _opened(scopes & {"kid_birth_cert_doc"})
        elements = []
        for kid in person.kids:
            element: Element = {"stateFacts": ["Identifiable"], "id": kid.id, "representation": kid.representation}
            element |= {name: getattr(kid, name) for name in names}
            if opened:
                listed = _listed(kid.documents, opened, kid.id * 10)
                element["documents"] = {"stateFacts": ["hasSize"], "size": len(listed), "elements": listed}
            elements.append(_tagged(element))
        return elements

    def _roles(self, person: Person, scopes: frozenset[str]) -> list[Element] | None:
        if "usr_org" not in scopes:
            return None
        return [
            self._people.organisations[role.organisation].model_dump()
            | {
                "prnOid": person.oid,
                "chief": role.chief,
                "admin": role.chief,
                "active": True,
                "hasRightOfSubstitution": role.chief,
                "hasApprovalTabAccess": False,
            }
            for role in person.roles
        ]


class Refused(Exception):
    """A request for data that ends in a status and one of the interface's codes."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.response = JSONResponse({"code": code, "message": message}, status_code=status)
        super().__init__(message)


class RestRoutes:
    """Routes of /rs/prns; 401 for a bad token, 403 for another person or a missing scope."""

    def __init__(self, people: People, directory: Directory, tokens: Tokens, faults: Faults) -> None:
        self._faults = faults
        self._people = people
        self._directory = directory
        self._tokens = tokens

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter(prefix="/rs/prns")
        routes.add_api_route("/{oid}", self.person, methods=["GET"], response_model=None)
        routes.add_api_route("/{oid}/{name}", self.collection, methods=["GET"], response_model=None)
        routes.add_api_route("/{oid}/{name}/{element_id}", self.element, methods=["GET"], response_model=None)
        return routes

    async def person(self, request: Request, oid: int) -> JSONResponse:
        """The person behind the token."""
        try:
            person, access = self._subject(request, oid)
        except Refused as refused:
            return refused.response
        return JSONResponse(self._directory.person(person, access.scopes))

    async def collection(self, request: Request, oid: int, name: str) -> JSONResponse:
        """Contacts, kids, roles or documents."""
        try:
            person, elements = self._elements(request, oid, name)
        except Refused as refused:
            return refused.response
        embed = request.query_params.get("embed", "").startswith("(elements")
        return JSONResponse(self._directory.collection(person, name, elements, embed=embed))

    async def element(self, request: Request, oid: int, name: str, element_id: int) -> JSONResponse:
        """One element of a collection, as its absolute URL names it."""
        try:
            _, elements = self._elements(request, oid, name)
        except Refused as refused:
            return refused.response
        match = [element for element in elements if _id(element) == element_id]
        return JSONResponse(match[0]) if match else Refused(404, "ESIA-005002", "Not found").response

    def _subject(self, request: Request, oid: int) -> tuple[Person, Access]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        access = self._tokens.read_access(token) if scheme == "Bearer" else None
        if access is None:
            raise Refused(401, "ESIA-005012", "Unauthorized")
        try:
            self._faults.check("rest")
        except EsiaError as error:
            raise Refused(403, f"ESIA-{error.code.number}", error.description) from error
        person = self._people.get(oid)
        if person is None or access.oid != oid:
            raise Refused(403, "ESIA-005001", "Forbidden")
        return person, access

    def _elements(self, request: Request, oid: int, name: str) -> tuple[Person, list[Element]]:
        person, access = self._subject(request, oid)
        build = self._directory.collections.get(name)
        if build is None:
            raise Refused(404, "ESIA-005002", "Not found")
        elements = build(person, access.scopes)
        if elements is None:
            raise Refused(403, "ESIA-005001", "Forbidden")
        return person, elements


def _opened(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(kinds for scope, kinds in DOCUMENT_SCOPES.items() if scope in scopes))


def _listed(documents: list[Document], opened: frozenset[str], first_id: int) -> list[Element]:
    facts = {"stateFacts": ["EntityRoot"]}
    numbered = enumerate(documents, start=first_id)
    return [_tagged({**facts, "id": number, **item.model_dump()}) for number, item in numbered if item.type in opened]


def _verified(yes: bool) -> str:
    return "VERIFIED" if yes else "NOT_VERIFIED"


def _id(element: Mapping[str, Any]) -> int:
    return int(element["id"] if "id" in element else element["oid"])


def _tagged(body: Element) -> Element:
    return body | {"eTag": _tag(body)}


def _tag(body: Element) -> str:
    return hashlib.sha1(repr(body).encode(), usedforsecurity=False).hexdigest()
