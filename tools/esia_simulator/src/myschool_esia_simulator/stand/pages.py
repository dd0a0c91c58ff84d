"""Pages for demonstrators: the people of the stand and what goes wrong at it. They work without scripts."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from myschool_esia_simulator import snils
from myschool_esia_simulator.errors import Code
from myschool_esia_simulator.faults import STAGES, TAMPERINGS, Faults
from myschool_esia_simulator.keyring import KeyRing
from myschool_esia_simulator.pages import Pages
from myschool_esia_simulator.people import Organisation, People, PeopleError, Person
from myschool_esia_simulator.stand import forms
from myschool_esia_simulator.stand.guard import own_site
from myschool_esia_simulator.stand.words import CODES, DOCUMENTS, LEVELS, marks

_NUMBERS = ("latency_ms", "clock_ahead_seconds", "error_times")


class StandPages:
    """Routes below /stand."""

    def __init__(self, pages: Pages, faults: Faults, people: People, keys: KeyRing) -> None:
        self._pages = pages
        self._faults = faults
        self._people = people
        self._keys = keys

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter(prefix="/stand", dependencies=[Depends(own_site)])
        for path, endpoint, method in (
            ("", self.start, "GET"),
            ("/people", self.show_people, "GET"),
            ("/people/new", self.show_new, "GET"),
            ("/people/new", self.create, "POST"),
            ("/people/reset", self.reset_people, "POST"),
            ("/people/{oid}", self.show_person, "GET"),
            ("/people/{oid}", self.change, "POST"),
            ("/people/{oid}/remove", self.remove, "POST"),
            ("/organisations", self.save_organisation, "POST"),
            ("/faults", self.show_faults, "GET"),
            ("/faults", self.set_faults, "POST"),
            ("/keys", self.rotate_keys, "POST"),
        ):
            routes.add_api_route(path, endpoint, methods=[method], response_class=Response, response_model=None)
        return routes

    async def start(self) -> Response:
        """The people are what is looked for most."""
        return _see("/stand/people")

    async def show_people(self, request: Request) -> Response:
        """Everyone, with what is peculiar about them."""
        people = [(person, marks(person, self._people.organisations)) for person in self._people.everyone]
        return self._pages.render(request, "stand_people.html", people=people, organisations=self._people.organisations, tab="people")

    async def show_new(self, request: Request) -> Response:
        """An empty form."""
        return self._form(request, forms.blank(), None)

    async def create(self, request: Request) -> Response:
        """Adds a person."""
        return await self._save(request, None)

    async def show_person(self, request: Request, oid: int) -> Response:
        """The form with the person's data."""
        person = self._people.get(oid)
        if person is None:
            return _see("/stand/people")
        return self._form(request, forms.draft_of(person), person)

    async def change(self, request: Request, oid: int) -> Response:
        """Saves the form; what is wrong is said beside the field, and nothing that was typed is lost."""
        person = self._people.get(oid)
        return _see("/stand/people") if person is None else await self._save(request, person)

    async def remove(self, oid: int) -> Response:
        """Forgets a person."""
        self._people.remove(oid)
        return _see("/stand/people")

    async def reset_people(self) -> Response:
        """Everyone as after the start."""
        self._people.reset()
        return _see("/stand/people")

    async def save_organisation(self, request: Request) -> Response:
        """Adds an organisation or changes whether it is liquidated."""
        form = await _fields(request)
        key = form.get("key", "")
        known = self._people.organisations.get(key)
        try:
            if known is not None:
                changed = known.model_copy(update={"isLiquidated": "isLiquidated" in form})
                self._people.save_organisation(key, changed)
            else:
                oid = self._people.next_oid()
                name = form.get("shortName", "")
                new = Organisation(oid=oid, fullName=name, shortName=name, ogrn=form.get("ogrn", ""))
                self._people.save_organisation(f"org{oid}", new)
        except ValidationError:
            return _see("/stand/people?wrong=organisation#organisations")
        return _see("/stand/people#organisations")

    async def show_faults(self, request: Request) -> Response:
        """The switches and the last calls."""
        return self._faults_page(request, self._faults.switches.model_dump(), 200)

    async def set_faults(self, request: Request) -> Response:
        """Sets all switches of the form, or none."""
        form = await _fields(request)
        if "reset" in form:
            self._faults.reset()
            return _see("/stand/faults")
        wanted: dict[str, Any] = {name: form.get(name, "") for name in ("error_code", "error_stage", "tampering")}
        wanted |= {name: form.get(name, "").strip() or 0 for name in _NUMBERS} | {"unavailable": "unavailable" in form}
        try:
            self._faults.set(wanted)
        except ValueError:
            return self._faults_page(request, wanted, 422)
        return _see("/stand/faults")

    async def rotate_keys(self) -> Response:
        """A new key of the stand."""
        self._keys.rotate()
        return _see("/stand/faults?rotated=1")

    async def _save(self, request: Request, person: Person | None) -> Response:
        draft = forms.read(await _fields(request))
        next_id = self._people.next_oid()
        try:
            record = forms.record(draft, person.oid if person is not None else next_id, next_id + 1)
            self._people.save(record)
        except ValidationError as error:
            return self._form(request, draft, person, wrong=forms.problems(error))
        except PeopleError as error:
            return self._form(request, draft, person, wrong={"": str(error)})
        return _see(f"/stand/people#p{record.oid}")

    def _form(self, request: Request, draft: forms.Draft, person: Person | None, wrong: dict[str, str] | None = None) -> Response:
        return self._pages.render(
            request,
            "stand_person.html",
            422 if wrong else 200,
            draft=draft,
            person=person,
            wrong=wrong or {},
            organisation_choices=[("", "—"), *((key, item.shortName) for key, item in self._people.organisations.items())],
            fresh_snils=snils.fresh(),
            documents=DOCUMENTS,
            levels=LEVELS,
            tab="people",
        )

    def _faults_page(self, request: Request, switches: dict[str, Any], status: int) -> Response:
        codes = [(code.number, CODES[code]) for code in Code]
        calls = list(self._faults.calls)[-15:][::-1]
        context = {"codes": codes, "stages": STAGES, "tamperings": TAMPERINGS, "calls": calls, "wrong": status != 200}
        return self._pages.render(request, "stand_faults.html", status, switches=switches, tab="faults", **context)


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)
