"""Which schools are there, and what was moved lately? Each change of a place can be taken back here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayList, MayPlace, MaySeeDevices, demand
from rollcall_collector.errors import StoreError
from rollcall_collector.model.school import say_clock
from rollcall_collector.model.scope import Asker
from rollcall_collector.roster.close_names import find_twin
from rollcall_collector.store.places.changes import find_change, list_changes
from rollcall_collector.store.places.merging import merge_sites, remove_site, rename_site
from rollcall_collector.store.places.undo import undo_change
from rollcall_collector.store.sites import count_sites, make_site, site_keys
from rollcall_dashboards.pages.sites.wording import say_change, say_title
from rollcall_dashboards.shared.render import show

router = APIRouter(prefix="/sites", include_in_schema=False)
_NUMBER_LETTERS = 9
Word = Annotated[str, Form(max_length=128)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteForm:
    """What a form says: the site, what it is to be called or to go into, and the new name that was asked about."""

    site: str
    name: str
    into: str
    sure: str


def read_form(site: Word = "", name: Word = "", into: Word = "", sure: Word = "") -> SiteForm:
    """The words without blanks around them."""
    site, name, into, sure = (" ".join(word.split()) for word in (site, name, into, sure))
    return SiteForm(site=site, name=name, into=into, sure=sure)


Sent = Annotated[SiteForm, Depends(read_form)]


@router.get("")
def show_sites(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """Every site, what can be done with it, and the newest changes with their way back."""
    return _show(request, services, person)


@router.post("")
def add(request: Request, services: Given, person: MayList, sent: Sent) -> Response:
    """Make a site; a name that is close to another's is asked about first."""
    if not sent.name:
        return RedirectResponse("/sites", status_code=303)
    if not person.scope.is_all:
        raise StoreError("a new site is the whole district's: somebody who sees all must make it")
    if (twin := _twin(services, person, sent.name)) is not None and sent.sure != sent.name:
        return _show(request, services, person, asked=sent, twin=twin)
    with services.engine.begin() as connection:
        make_site(connection, sent.name, services.new_site)
    return RedirectResponse("/sites", status_code=303)


@router.post("/rename")
def rename(request: Request, services: Given, person: MayList, sent: Sent) -> Response:
    """Give a site another name; one that is close to a third's is asked about first."""
    if not (sent.site and sent.name):
        return RedirectResponse("/sites", status_code=303)
    twin = _twin(services, person, sent.name, but=sent.site)
    if twin is not None and sent.sure != sent.name and person.scope.is_all:
        return _show(request, services, person, asked=sent, twin=twin)
    with services.engine.begin() as connection:
        done = rename_site(connection, person.scope, sent.site, sent.name, author=person.name, now=services.clock())
    return _to_change(done)


@router.post("/remove")
def remove(services: Given, person: MayList, sent: Sent) -> RedirectResponse:
    """Merge a site into another, or remove one that no device belongs to."""
    if not sent.site:
        return RedirectResponse("/sites", status_code=303)
    author, now = person.name, services.clock()
    with services.engine.begin() as connection:
        if sent.into:
            done = merge_sites(connection, person.scope, sent.site, sent.into, author=author, now=now)
        else:
            done = remove_site(connection, person.scope, sent.site, author=author, now=now)
    return _to_change(done)


@router.post("/undo")
def undo(services: Given, person: MayPlace, change: Annotated[str, Form(max_length=20)] = "") -> RedirectResponse:
    """Take a change back, once: who may move devices takes back moves, who may change sites the rest too."""
    number = _number(change)
    if number is not None:
        with services.engine.begin() as connection:
            if find_change(connection, person.scope, number)[0].kind != "move":
                demand(person, "list")
            undo_change(connection, person.scope, number, services.clock())
    return RedirectResponse("/sites" if number is None else f"/sites?change={number}", status_code=303)


def _show(
    request: Request, services: Services, person: Asker, *, asked: SiteForm | None = None, twin: str | None = None
) -> HTMLResponse:
    with services.engine.connect() as connection:
        sites = count_sites(connection, person.scope)
        changes = list_changes(connection, person.scope)
    number = _number(request.query_params.get("change", ""))
    shown = next((one for one in changes if one.change == number), None)
    values = {
        "title": say_title(len(sites), shown),
        "shown": shown,
        "sites": [
            (site, f"{say_clock(site.opens_minute)}\N{EN DASH}{say_clock(site.closes_minute)}") for site in sites
        ],
        "changes": [(one, say_change(one)) for one in changes],
        "may_change": person.may("list") and person.scope.is_all,
        "may_list": person.may("list"),
        "asked": asked,
        "twin": twin,
    }
    return show(request, "sites/sites.html", values, status=200 if asked is None else 422)


def _twin(services: Services, person: Asker, name: str, *, but: str = "") -> str | None:
    with services.engine.connect() as connection:
        known = [name for name in site_keys(connection, person.scope) if name != but]
    return find_twin(name, known)


def _to_change(change: int) -> RedirectResponse:
    return RedirectResponse(f"/sites?change={change}", status_code=303)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _NUMBER_LETTERS else None
