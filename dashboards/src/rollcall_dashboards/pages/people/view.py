"""Who may see and do what here? Everybody with role and sites, the table of roles, and what is changed about it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayAdmit
from rollcall_collector.identity import people
from rollcall_collector.identity.people import Person, Role
from rollcall_collector.identity.programs import SCOPES
from rollcall_collector.model.person import ROLE_TABLE, ROLE_WORDS, ROLES, say_right
from rollcall_collector.model.scope import Asker, Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.people.programs import shown_programs, ticked
from rollcall_dashboards.shared.handed_link import hand_link
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_sites

router = APIRouter(include_in_schema=False)
Name = Annotated[str, Form(max_length=100)]
_HERE = "/people"


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """What a form says of somebody: name, role, and the sites; none ticked means all that the asker sees."""

    name: str
    role: Role
    sites: tuple[int, ...]


def read_admission(
    name: Name,
    role: Annotated[Role, Form()] = "viewer",
    site: Annotated[list[int], Form()] = [],  # noqa: B006  # read, never changed
) -> Admission:
    """The form."""
    return Admission(name=name.strip(), role=role, sites=tuple(site))


Sent = Annotated[Admission, Depends(read_admission)]


@router.get("/people")
def show_people(request: Request, services: Given, person: MayAdmit) -> HTMLResponse:
    """Who may look, within the asker's sites; who was removed lately; and what each role may."""
    with services.engine.connect() as connection:
        sites = list_sites(connection, person.scope)
    found = people.list_people(services.engine, person.scope)
    values = {
        **_choices(sites),
        "handed": None,
        "title": translate_count("%(num)s person may look", "%(num)s people may look", len(found)),
        "people": [(one, say_sites(one.scope, sites)) for one in found],
        "removed": people.list_removed(services.engine, person.scope, services.clock()),
        "changed": _changed(request, found, sites),
        "role_table": ROLE_TABLE,
        "programs": [(*shown, say_sites(shown[0].scope, sites)) for shown in shown_programs(services, person)],
        "scopes": [(scope, say_right(scope)) for scope in SCOPES],
    }
    return show(request, "people/people.html", values)


def _hand(request: Request, services: Services, person: Asker, name: str) -> HTMLResponse:
    """A fresh link for somebody, and the form for the next person; no browser keeps it."""
    with services.engine.connect() as connection:
        sites = list_sites(connection, person.scope)
    values = {
        **_choices(sites),
        "title": translate("A link for %(name)s", name=name),
        "handed": hand_link(request, services, name),
    }
    page = show(request, "people/people.html", values)
    page.headers["cache-control"] = "no-store"
    return page


def _choices(sites: tuple[Site, ...]) -> dict[str, object]:
    """What the form that lets somebody look offers."""
    return {"sites": sites, "roles": ROLES, "role_words": ROLE_WORDS}


@router.post("/people")
def add(request: Request, services: Given, person: MayAdmit, sent: Sent) -> HTMLResponse:
    """Let somebody look at these sites; their link is shown now and never again, and the form for the next."""
    people.add_person(services.engine, sent.name, sent.role, ticked(services, person, sent.sites), services.clock())
    return _hand(request, services, person, sent.name)


@router.post("/people/change")
def change(services: Given, person: MayAdmit, sent: Sent) -> RedirectResponse:
    """Give somebody another role or other sites; it holds from their next request on."""
    was = people.change_person(
        services.engine, person.scope, sent.name, sent.role, ticked(services, person, sent.sites)
    )
    before = [("changed", sent.name), ("was", was.role), *(("was_site", str(key)) for key in was.scope.sites or ())]
    return RedirectResponse(f"{_HERE}?{urlencode(before)}", status_code=303)


@router.post("/people/link")
def make_link(request: Request, services: Given, person: MayAdmit, name: Name) -> HTMLResponse:
    """Another link for somebody, shown now and never again; what they have open stays open."""
    people.find_listed(services.engine, person.scope, name)
    return _hand(request, services, person, name)


@router.post("/people/remove")
def remove(services: Given, person: MayAdmit, name: Name) -> RedirectResponse:
    """Take the right to look; they are signed out at once."""
    people.dismiss_person(services.engine, person.scope, name, services.clock())
    return RedirectResponse(_HERE, status_code=303)


@router.post("/people/restore")
def restore(services: Given, person: MayAdmit, name: Name) -> RedirectResponse:
    """Take a removal back; a new link signs them in."""
    people.bring_back(services.engine, person.scope, name, services.clock())
    return RedirectResponse(_HERE, status_code=303)


def _changed(request: Request, found: list[Person], sites: tuple[Site, ...]) -> dict[str, object] | None:
    """Who was just changed and how they were before, for the way back; None where nothing was, or is already back."""
    words = request.query_params
    one = next((one for one in found if one.name == words.get("changed")), None)
    role = next((role for role in ROLES if role == words.get("was")), None)
    if one is None or role is None:
        return None
    keys = frozenset(int(key) for key in words.getlist("was_site") if key.isascii() and key.isdigit())
    before = Scope(sites=keys or None)
    if (role, before.sites) == (one.role, one.scope.sites):
        return None
    now, was = (
        translate("%(role)s of %(sites)s", role=ROLE_WORDS[which], sites=say_sites(scope, sites))
        for which, scope in ((one.role, one.scope), (role, before))
    )
    return {"name": one.name, "now": now, "was": was, "role": role, "sites": sorted(keys)}
