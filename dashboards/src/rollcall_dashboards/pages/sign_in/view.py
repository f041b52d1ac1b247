"""The door: a link that works once opens a session; one press of a button, so that no link scanner uses it up."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, drop_cookie, read_cookie, set_cookie
from rollcall_collector.identity import people
from rollcall_collector.model.wording import say_argument
from rollcall_collector.store.entered_settings.kept_school import is_setup_due
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.way_back import forget, wanted_page
from rollcall_dashboards.shared.wording import say_instant

router = APIRouter(include_in_schema=False)
To = Annotated[str, Form(max_length=4000)]


@router.get("/sign-in")
def show_door(request: Request, services: Given, to: str = "") -> HTMLResponse:
    """How to get a link."""
    return _show(request, services, to=to)


@router.get("/sign-in/{link}")
def show_link(request: Request, services: Given, link: str, to: str = "") -> HTMLResponse:
    """The button that uses the link; of one that works no more, why."""
    return _show(request, services, link=link, to=to)


@router.post("/sign-in")
def open_door(request: Request, services: Given, link: Annotated[str, Form(max_length=200)], to: To = "") -> Response:
    """Use the link up and hand the browser its session; a link used before opens nothing."""
    session = people.redeem_link(services.engine, link, services.clock())
    if session is None:
        return _show(request, services, link=link, to=to, is_refused=True)
    response = RedirectResponse(wanted_page(request, to) or _first_page(services, session), status_code=303)
    set_cookie(request, response, services, session)
    forget(response)
    return response


def _first_page(services: Services, session: str) -> str:
    """Today; on a store that nobody has set up yet the setup, for who may do that."""
    person = people.find_person(services.engine, session, services.clock())
    if person is None or person.role != "admin" or not person.scope.is_all:
        return "/"
    with services.engine.connect() as connection:
        return "/setup" if is_setup_due(connection) else "/"


@router.post("/sign-out")
def close_door(request: Request, services: Given) -> Response:
    """End the session here and in the store."""
    secret = read_cookie(request, services)
    if secret:
        people.sign_out(services.engine, secret)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_cookie(request, response, services)
    return response


def _show(request: Request, services: Services, *, to: str, link: str = "", is_refused: bool = False) -> HTMLResponse:
    found = people.describe_link(services.engine, link) if link else None
    trouble = _trouble(found, services, services.clock()) if link else ""
    name = "NAME" if found is None else say_argument(found.name)
    values = {
        "link": "" if trouble or is_refused else link,
        "title": trouble or translate("You need a link to sign in"),
        "command": f"{services.command} people link {name}",
        "wanted": wanted_page(request, to),
    }
    response = show(request, "sign_in/sign_in.html", values, status=401 if is_refused else 200)
    # the link stands in this page's address: it must not travel on, and the page must not be kept
    response.headers["cache-control"] = "no-store"
    return response


def _trouble(found: people.Link | None, services: Services, now: datetime) -> str:
    """Why a link opens nothing; empty where it works."""
    if found is None:
        return translate("This link is not known here: used up, too old, or of another Rollcall")
    if found.used_at is not None:
        at = say_instant(found.used_at, services.zone, now=now)
        return translate("This link was used up, %(at)s", at=at)
    if found.expires_at <= now:
        at = say_instant(found.expires_at, services.zone, now=now)
        return translate("This link is too old: it worked until %(at)s", at=at)
    return ""
