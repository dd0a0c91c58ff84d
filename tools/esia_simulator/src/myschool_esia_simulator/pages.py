"""The pages a person sees: sign-in, choice of account, consent, problems. Rendered on the server, in Russian."""

import secrets
from importlib import resources
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from myschool_esia_simulator.errors import Code, EsiaError
from myschool_esia_simulator.faults import Faults
from myschool_esia_simulator.people import People, Person
from myschool_esia_simulator.scopes import TITLES
from myschool_esia_simulator.store import SESSION_SECONDS, Authorization, Grant, Session, Store

SESSION_COOKIE = "ESIA_SESSION"


class Pages:
    """Renders the templates; every page works without scripts."""

    def __init__(self, *, stand: bool) -> None:
        self._stand = stand
        self._templates = Jinja2Templates(directory=str(resources.files(__package__).joinpath("templates")))

    def render(self, request: Request, name: str, status: int = 200, **context: object) -> Response:
        """A page that no cache keeps."""
        context = {"stand": self._stand, **context}
        return self._templates.TemplateResponse(request, name, context, status_code=status, headers={"Cache-Control": "no-store"})

    def problem(self, request: Request, description: str) -> Response:
        """The system's request cannot be served and there is no safe address to return to."""
        return self.render(request, "problem.html", 400, description=description)

    def signed_out(self, request: Request) -> Response:
        """The session of Госуслуги is over and the system gave no address to return to."""
        return self.render(request, "signed_out.html")


class SignIn:
    """Leads a person through an authorization and ends it with a redirect to the system."""

    def __init__(self, store: Store, people: People, faults: Faults, *, confirmed_only: bool) -> None:
        self.store = store
        self.people = people
        self._faults = faults
        self._confirmed_only = confirmed_only

    def person(self, session_key: str) -> tuple[Person, Session] | None:
        """Who is signed in under this cookie."""
        session = self.store.sessions.get(session_key)
        person = self.people.get(session.oid) if session is not None else None
        return (person, session) if person is not None and session is not None else None

    def open_session(self, person: Person) -> tuple[str, Session]:
        """Signs the person in at the simulator: the cookie's value and the session behind it."""
        session = Session(oid=person.oid, auth_time=int(self._faults.now()))
        return self.store.sessions.put(session), session

    def after_sign_in(self, transaction: str, asked: Authorization, person: Person, session: Session) -> str:
        """Address of the next step: a refusal, the consent page, or the way back with a code."""
        refusal = self._refusal(asked, person)
        if refusal is not None:
            self.store.transactions.take(transaction)
            return refusal_address(asked.redirect_uri, asked.state, refusal)
        if self.store.missing_scopes(person.oid, asked):
            return f"/consent/{transaction}"
        return self.finish(transaction, asked, person, session)

    def _refusal(self, asked: Authorization, person: Person) -> EsiaError | None:
        """What forbids this person to go on, known only after the password."""
        if (self._confirmed_only or asked.confirmed_only) and not person.trusted:
            return EsiaError(Code.UNCONFIRMED)
        if asked.scope_org and not person.roles:
            return EsiaError(Code.NOT_EMPLOYED)
        return None

    def finish(self, transaction: str, asked: Authorization, person: Person, session: Session) -> str:
        """Issues the code; the transaction is spent."""
        self.store.transactions.take(transaction)
        try:
            self._faults.check("consent")
        except EsiaError as error:
            return refusal_address(asked.redirect_uri, asked.state, error)
        code = self.store.codes.put(
            Grant(
                oid=person.oid,
                client_id=asked.client_id,
                redirect_uri=asked.redirect_uri,
                scopes=asked.scopes,
                offline=asked.offline,
                session=secrets.token_hex(16),
                auth_time=session.auth_time,
                code_challenge=asked.code_challenge,
            )
        )
        return f"{asked.redirect_uri}?{urlencode({'code': code, 'state': asked.state})}"


def refusal_address(redirect_uri: str, state: str, error: EsiaError) -> str:
    """Way back to the system with the code of a refusal."""
    query = {"error": error.code.error, "error_description": error.description, "state": state}
    return f"{redirect_uri}?{urlencode(query)}"


class PageRoutes:
    """Routes of the pages; `transaction` names the authorization in progress."""

    def __init__(self, pages: Pages, sign_in: SignIn) -> None:
        self._pages = pages
        self._sign_in = sign_in
        self._store = sign_in.store

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        routes = APIRouter()
        for path, show, act in (
            ("/login/{transaction}", self.show_login, self.log_in),
            ("/account/{transaction}", self.show_account, self.keep_account),
            ("/consent/{transaction}", self.show_consent, self.decide),
        ):
            routes.add_api_route(path, show, methods=["GET"], response_class=Response, response_model=None)
            routes.add_api_route(path, act, methods=["POST"], response_class=Response, response_model=None)
        return routes

    async def show_login(self, request: Request, transaction: str) -> Response:
        """The form for login and password."""
        if self._store.transactions.get(transaction) is None:
            return self._lost(request)
        return self._login_page(request, transaction)

    async def log_in(
        self, request: Request, transaction: str, login: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
    ) -> Response:
        """Checks the login; wrong data shows the form again with what was typed."""
        asked = self._store.transactions.get(transaction)
        if asked is None:
            return self._lost(request)
        person = self._sign_in.people.sign_in(login, password)
        if person is None:
            return self._login_page(request, transaction, login=login, wrong=True)
        key, session = self._sign_in.open_session(person)
        response = _see(self._sign_in.after_sign_in(transaction, asked, person, session))
        response.set_cookie(SESSION_COOKIE, key, max_age=SESSION_SECONDS, httponly=True, samesite="lax")
        return response

    async def show_account(self, request: Request, transaction: str) -> Response:
        """Somebody is signed in here already: go on as this person or as another."""
        known = self._known(request)
        if known is None:
            return _see(f"/login/{transaction}")
        return self._pages.render(request, "account.html", transaction=transaction, person=known[0])

    async def keep_account(self, request: Request, transaction: str) -> Response:
        """Goes on as the person who is signed in."""
        asked = self._store.transactions.get(transaction)
        if asked is None:
            return self._lost(request)
        known = self._known(request)
        if known is None:
            return _see(f"/login/{transaction}")
        return _see(self._sign_in.after_sign_in(transaction, asked, *known))

    async def show_consent(self, request: Request, transaction: str) -> Response:
        """Lists what the system asks for and was not granted before."""
        asked = self._store.transactions.get(transaction)
        known = self._known(request)
        if asked is None or known is None:
            return self._lost(request)
        titles = [TITLES[scope] for scope in self._store.missing_scopes(known[0].oid, asked)]
        return self._pages.render(request, "consent.html", transaction=transaction, person=known[0], titles=titles)

    async def decide(self, request: Request, transaction: str, decision: Annotated[str, Form()] = "") -> Response:
        """Anything but an explicit grant is a refusal."""
        asked = self._store.transactions.get(transaction)
        known = self._known(request)
        if asked is None or known is None:
            return self._lost(request)
        if decision != "grant":
            self._store.transactions.take(transaction)
            return _see(refusal_address(asked.redirect_uri, asked.state, EsiaError(Code.REFUSED)))
        self._store.grant_scopes(known[0].oid, asked)
        return _see(self._sign_in.finish(transaction, asked, *known))

    def _known(self, request: Request) -> tuple[Person, Session] | None:
        return self._sign_in.person(request.cookies.get(SESSION_COOKIE, ""))

    def _lost(self, request: Request) -> Response:
        return self._pages.render(request, "lost.html", 410)

    def _login_page(self, request: Request, transaction: str, *, login: str = "", wrong: bool = False) -> Response:
        everyone = self._sign_in.people.everyone
        return self._pages.render(
            request, "login.html", 401 if wrong else 200, transaction=transaction, login=login, wrong=wrong, everyone=everyone
        )


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)
