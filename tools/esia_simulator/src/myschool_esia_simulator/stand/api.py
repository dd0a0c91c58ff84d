"""The stand as an API for tests and scripts: JSON in, JSON out, 422 with words for what is wrong."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException
from fastapi.responses import Response

from myschool_esia_simulator import snils
from myschool_esia_simulator.errors import Code
from myschool_esia_simulator.faults import STAGES, TAMPERINGS, Faults
from myschool_esia_simulator.keyring import KeyRing
from myschool_esia_simulator.people import People, PeopleError, Person
from myschool_esia_simulator.stand.guard import own_site

Changes = Annotated[dict[str, Any], Body()]


class StandApi:
    """Routes below /stand/api."""

    def __init__(self, faults: Faults, people: People, keys: KeyRing) -> None:
        self._faults = faults
        self._people = people
        self._keys = keys

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter(prefix="/stand/api", dependencies=[Depends(own_site)])
        routes.add_api_route("/faults", self.faults, methods=["GET"])
        routes.add_api_route("/faults", self.change_faults, methods=["PATCH"])
        routes.add_api_route("/faults", self.reset_faults, methods=["DELETE"], status_code=204)
        routes.add_api_route("/codes", self.codes, methods=["GET"])
        routes.add_api_route("/keys", self.rotate_keys, methods=["POST"], status_code=204)
        routes.add_api_route("/calls", self.calls, methods=["GET"])
        routes.add_api_route("/calls", self.forget_calls, methods=["DELETE"], status_code=204)
        routes.add_api_route("/people", self.people, methods=["GET"])
        routes.add_api_route("/people", self.add_person, methods=["POST"], status_code=201)
        routes.add_api_route("/people/{oid}", self.change_person, methods=["PATCH"])
        routes.add_api_route("/people/{oid}", self.remove_person, methods=["DELETE"], status_code=204)
        routes.add_api_route("/people.json", self.file, methods=["GET"])
        routes.add_api_route("/people/reset", self.reset_people, methods=["POST"], status_code=204)
        routes.add_api_route("/snils", self.fresh_snils, methods=["POST"])
        return routes

    async def faults(self) -> dict[str, Any]:
        """The switches."""
        return self._faults.switches.model_dump()

    async def change_faults(self, changes: Changes) -> dict[str, Any]:
        """Sets the named switches, leaves the others."""
        try:
            return self._faults.set(changes).model_dump()
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    async def reset_faults(self) -> None:
        """Everything off."""
        self._faults.reset()

    async def codes(self) -> dict[str, Any]:
        """What can be ordered: codes with their OAuth error and text, stages, ways to spoil a token."""
        codes = [{"code": code.number, "error": code.error, "text": code.text} for code in Code]
        return {"codes": codes, "stages": list(STAGES), "tamperings": [name for name in TAMPERINGS if name]}

    async def rotate_keys(self) -> None:
        """Tokens are signed by a new key from now on."""
        self._keys.rotate()

    async def calls(self) -> list[dict[str, Any]]:
        """The last calls of the protocol, oldest first: method, path without query, status."""
        return list(self._faults.calls)

    async def forget_calls(self) -> None:
        """An empty list."""
        self._faults.calls.clear()

    async def people(self) -> list[Person]:
        """Everyone."""
        return self._people.everyone

    async def add_person(self, content: Changes) -> Person:
        """A new person; the oid is given here unless one is named."""
        oid = content.get("oid", self._people.next_oid())
        if isinstance(oid, int) and self._people.get(oid) is not None:
            raise HTTPException(409, "a person with this oid exists")
        return self._save({**content, "oid": oid})

    async def change_person(self, oid: int, changes: Changes) -> Person:
        """Replaces the named fields of a person."""
        person = self._people.get(oid)
        if person is None:
            raise HTTPException(404, "nobody has this oid")
        return self._save(person.model_dump() | changes | {"oid": oid})

    async def remove_person(self, oid: int) -> None:
        """Forgets a person."""
        self._people.remove(oid)

    async def reset_people(self) -> None:
        """Everyone as after the start."""
        self._people.reset()

    async def fresh_snils(self) -> dict[str, str]:
        """A number with right check digits that belongs to nobody."""
        return {"snils": snils.fresh()}

    async def file(self) -> Response:
        """All people as the file that MYSCHOOL_ESIA_PEOPLE takes."""
        headers = {"Content-Disposition": 'attachment; filename="people.json"'}
        return Response(self._people.as_json(), media_type="application/json", headers=headers)

    def _save(self, content: dict[str, Any]) -> Person:
        try:
            person = Person.model_validate(content)
            self._people.save(person)
        except (ValueError, PeopleError) as error:
            raise HTTPException(422, _words(error)) from error
        return person


def _words(error: ValueError) -> Any:
    """Where and what, without what was sent."""
    listed = getattr(error, "errors", None)
    if listed is None:
        return str(error)
    return [{"field": ".".join(map(str, item["loc"])), "message": item["msg"]} for item in listed()]
