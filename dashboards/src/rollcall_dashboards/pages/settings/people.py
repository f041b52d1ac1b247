"""Says on a page who may look and decide: adds people, makes their links, changes roles, removes and brings back."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Administrator, Given
from rollcall_collector.api.settings import sign_in_link
from rollcall_collector.identity import people
from rollcall_collector.identity.people import HANDED_LINK_MINUTES, Role
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)
Name = Annotated[str, Form(max_length=100)]
_HERE = "/settings#people"


@router.post("/settings/people")
def add(
    request: Request, services: Given, person: Administrator, name: Name, role: Annotated[Role, Form()] = "viewer"
) -> HTMLResponse:
    """Let somebody look at the schools that the administrator sees; their link is shown now and never again."""
    people.add_person(services.engine, name.strip(), role, person.scope, services.clock())
    return show_link(request, services, name.strip())


@router.post("/settings/people/role")
def change_role(
    services: Given, person: Administrator, name: Name, role: Annotated[Role, Form()] = "viewer"
) -> RedirectResponse:
    """Give somebody another role; their schools stay."""
    was = people.change_role(services.engine, person.scope, name, role)
    return RedirectResponse(f"/settings?{urlencode({'moved': name, 'was': was})}#people", status_code=303)


@router.post("/settings/people/link")
def make_link(request: Request, services: Given, person: Administrator, name: Name) -> HTMLResponse:
    """Another link for somebody, shown now and never again; what they have open stays open."""
    people.find_listed(services.engine, person.scope, name)
    return show_link(request, services, name)


@router.post("/settings/people/remove")
def remove(services: Given, person: Administrator, name: Name) -> RedirectResponse:
    """Take the right to look; they are signed out at once."""
    people.dismiss_person(services.engine, person.scope, name, services.clock())
    return RedirectResponse(_HERE, status_code=303)


@router.post("/settings/people/restore")
def restore(services: Given, person: Administrator, name: Name) -> RedirectResponse:
    """Take a removal back; a new link signs them in."""
    people.bring_back(services.engine, person.scope, name, services.clock())
    return RedirectResponse(_HERE, status_code=303)


def show_link(request: Request, services: Services, name: str, *, onward: str = "") -> HTMLResponse:
    """A fresh link to hand over; from the setup it goes `onward`."""
    secret = people.create_link(services.engine, name, services.clock(), minutes=HANDED_LINK_MINUTES)
    values = {
        "name": name,
        "link": sign_in_link(own_address(request, services), secret),
        "hours": HANDED_LINK_MINUTES // 60,
        "onward": onward,
    }
    page = show(request, "settings/link.html", values)
    page.headers["cache-control"] = "no-store"
    return page
