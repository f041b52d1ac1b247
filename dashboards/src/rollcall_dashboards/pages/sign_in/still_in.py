"""Tells a page that stays open whether its reader may still see it: asked every few seconds, no use of a session."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from rollcall_collector.api.http.session import Given, read_cookie
from rollcall_collector.identity.people import find_person
from rollcall_dashboards.shared.seal import seal_of

router = APIRouter(include_in_schema=False)


@router.get("/still-in")
def tell(request: Request, services: Given) -> Response:
    """The seal of whoever is signed in; empty where nobody is (any more)."""
    secret = read_cookie(request, services)
    person = find_person(services.engine, secret, services.clock(), is_use=False) if secret else None
    return PlainTextResponse("" if person is None else seal_of(person))
