"""The door: a link that works once opens a session; one press of a button, so that no link scanner uses it up."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, drop_cookie, read_cookie
from rollcall_collector.identity import people
from rollcall_collector.model.wording import say_argument
from rollcall_dashboards.pages.sign_in.door import To, browser_of, go_in, pass_turnstile, show_door
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_instant

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def show_ways(request: Request, services: Given, to: str = "") -> HTMLResponse:
    """How to come in."""
    return show_door(request, services, to=to)


@router.get("/sign-in/{link}")
def show_link(request: Request, services: Given, link: str, to: str = "") -> HTMLResponse:
    """The button that uses the link; of one that works no more, why."""
    return _show_link(request, services, link, to)


@router.post("/sign-in")
def open_door(request: Request, services: Given, link: Annotated[str, Form(max_length=200)], to: To = "") -> Response:
    """Use the link up and hand the browser its session; a link used before opens nothing."""
    if not _trouble(people.describe_link(services.engine, link), services, services.clock()):
        session = people.redeem_link(services.engine, link, services.clock(), browser=browser_of(request))
        if session is not None:
            return go_in(request, services, session, to)
    return _show_link(request, services, link, to, is_refused=True)


@router.post("/sign-out")
def close_door(request: Request, services: Given) -> Response:
    """End the session here and in the store."""
    secret = read_cookie(request, services)
    if secret:
        people.sign_out(services.engine, secret)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_cookie(request, response, services)
    return response


def _show_link(request: Request, services: Services, link: str, to: str, *, is_refused: bool = False) -> HTMLResponse:
    found = people.describe_link(services.engine, link)
    trouble = _trouble(found, services, services.clock())
    if trouble:  # a link that works is let through, however many guess beside it
        pass_turnstile(request, services, services.door.turnstile)
    return show_door(
        request,
        services,
        to=to,
        trouble=trouble,
        link="" if trouble or is_refused else link,
        name="NAME" if found is None else say_argument(found.name),
        status=401 if is_refused else 200,
    )


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
