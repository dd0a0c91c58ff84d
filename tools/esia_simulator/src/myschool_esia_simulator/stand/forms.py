"""Between the form of a person and the record: rows have numbered names, an empty row does not count."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from myschool_esia_simulator import snils
from myschool_esia_simulator.people import Person

_ROW = re.compile(r"(documents|roles|kids)-(\d{1,2})-(\w+)")
_LISTS = {"documents": "number", "roles": "organisation", "kids": "lastName"}
_TEXTS = ("lastName", "firstName", "middleName", "birthDate", "gender", "snils", "mobile", "email", "password", "level", "about")
_BIRTH_CERTIFICATE = "KID_RF_BRTH_CERT"
Draft = dict[str, Any]


def draft_of(person: Person) -> Draft:
    """What the form shows of a record."""
    draft = person.model_dump()
    for kid in draft["kids"]:
        own = kid.pop("documents")
        kid["certificate"] = " ".join(filter(None, (own[0]["series"], own[0]["number"]))) if own else ""
    return draft | {"email": person.email or ""}


def blank() -> Draft:
    """A new person: everything that can be guessed is there."""
    return {
        "lastName": "",
        "firstName": "",
        "middleName": "",
        "birthDate": "",
        "gender": "F",
        "snils": snils.fresh(),
        "mobile": "",
        "email": "",
        "emailVerified": True,
        "password": "demo",
        "trusted": True,
        "level": "PR",
        "about": "",
        "roles": [],
        "kids": [],
        "documents": [],
    }


def read(form: Mapping[str, str]) -> Draft:
    """The form as a draft, exactly as typed; rows that were emptied are left out."""
    draft: Draft = {name: form.get(name, "").strip() for name in _TEXTS}
    draft |= {name: name in form for name in ("trusted", "emailVerified")}
    rows: dict[str, dict[int, Draft]] = {name: {} for name in _LISTS}
    for name, value in form.items():
        match = _ROW.fullmatch(name)
        if match is not None:
            rows[match[1]].setdefault(int(match[2]), {})[match[3]] = value.strip()
    for name, key in _LISTS.items():
        draft[name] = [row for _, row in sorted(rows[name].items()) if row.get(key)]
    return draft


def record(draft: Draft, oid: int, next_id: int) -> Person:
    """The record of a draft; children without a number get one from `next_id` on. Raises pydantic's ValidationError."""
    kids = [_kid(row, next_id + place) for place, row in enumerate(draft["kids"])]
    roles = [{"organisation": row["organisation"], "chief": bool(row.get("chief"))} for row in draft["roles"]]
    content = draft | {"oid": oid, "email": draft["email"] or None, "kids": kids, "roles": roles}
    return Person.model_validate(content)


def problems(error: ValidationError) -> dict[str, str]:
    """Name of the form's field → what to change, in Russian."""
    return {_name(item["loc"]): _words(item) for item in error.errors()}


def _kid(row: Draft, new_id: int) -> Draft:
    fields = {name: value for name, value in row.items() if name not in {"id", "certificate"}}
    series, _, number = row.get("certificate", "").rpartition(" ")
    documents = [{"type": _BIRTH_CERTIFICATE, "series": series, "number": number, "issueDate": row.get("birthDate", "")}] if number else []
    return {**fields, "id": int(row["id"]) if row.get("id", "").isdecimal() else new_id, "documents": documents}


def _name(place: tuple[int | str, ...]) -> str:
    return "-".join(map(str, place[:3]))


def _words(item: Any) -> str:
    if item["type"] == "value_error":
        words = str(item["msg"]).removeprefix("Value error, ")
        return words[:1].upper() + words[1:]
    if item["type"] in {"string_too_short", "missing"}:
        return "Заполните это поле"
    if item["type"] == "string_too_long":
        return "Слишком длинно"
    return "Проверьте, что здесь написано"
