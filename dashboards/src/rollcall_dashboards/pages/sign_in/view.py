"""The door: a link that works once opens a session; one press of a button, so that no link scanner uses it up."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.session import Given, drop_cookie, read_cookie, set_cookie
from rollcall_collector.identity import people
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)
COMMAND = "rollcall people link NAME"


@router.get("/sign-in")
def show_door(request: Request) -> HTMLResponse:
    """How to get a link."""
    return _show(request, link="", is_refused=False)


@router.get("/sign-in/{link}")
def show_link(request: Request, link: str) -> HTMLResponse:
    """The button that uses the link."""
    return _show(request, link=link, is_refused=False)


@router.post("/sign-in")
def open_door(request: Request, services: Given, link: Annotated[str, Form(max_length=200)]) -> Response:
    """Use the link up and hand the browser its session; a link used before opens nothing."""
    session = people.redeem_link(services.engine, link, services.clock())
    if session is None:
        return _show(request, link="", is_refused=True)
    response = RedirectResponse("/", status_code=303)
    set_cookie(request, response, services, session)
    return response


@router.post("/sign-out")
def close_door(request: Request, services: Given) -> Response:
    """End the session here and in the store."""
    secret = read_cookie(request, services)
    if secret:
        people.sign_out(services.engine, secret)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_cookie(request, response, services)
    return response


def _show(request: Request, *, link: str, is_refused: bool) -> HTMLResponse:
    values = {"link": link, "is_refused": is_refused, "command": COMMAND}
    response = show(request, "sign_in/sign_in.html", values, status=401 if is_refused else 200)
    # the link stands in this page's address: it must not travel on, and the page must not be kept
    response.headers["cache-control"] = "no-store"
    return response
