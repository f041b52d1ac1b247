"""Lets programs ask the API: makes their tokens, each shown once, lists them with their last use, revokes them."""

from collections.abc import Collection, Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayAdmit
from rollcall_collector.identity.programs import DAYS, Program, add_program, list_programs, revoke_program
from rollcall_collector.model.person import Right
from rollcall_collector.model.scope import Asker, Scope
from rollcall_collector.store.sites import site_keys
from rollcall_dashboards.shared.render import show

router = APIRouter(prefix="/people/programs", include_in_schema=False)
_HERE = "/people#programs"


@router.post("")
def add(  # noqa: PLR0917  # a form's fields are named by nature
    request: Request,
    services: Given,
    person: MayAdmit,
    name: Annotated[str, Form(max_length=100)],
    scope: Annotated[list[Right], Form()] = [],  # noqa: B006  # read, never changed
    site: Annotated[list[int], Form()] = [],  # noqa: B006  # read, never changed
    days: Annotated[int, Form()] = DAYS,
) -> HTMLResponse:
    """A token for the ticked sites, or all that the administrator sees; it is shown now and never again."""
    seen = ticked(services, person, site)
    token = add_program(
        services.engine, name.strip(), scope, seen, days=days, author=person.name, now=services.clock()
    )
    page = show(request, "people/token.html", {"name": name.strip(), "token": token})
    page.headers["cache-control"] = "no-store"
    return page


@router.post("/revoke")
def revoke(services: Given, person: MayAdmit, name: Annotated[str, Form(max_length=100)]) -> RedirectResponse:
    """The token works no more, from the program's next question on."""
    revoke_program(services.engine, person.scope, name, services.clock())
    return RedirectResponse(_HERE, status_code=303)


def ticked(services: Services, person: Asker, sites: Collection[int]) -> Scope:
    """Those of these sites that the asker sees; where none is ticked, all that they see."""
    if not sites:
        return Scope(sites=person.scope.sites)
    with services.engine.connect() as connection:
        seen = set(site_keys(connection, person.scope).values())
    return Scope(sites=frozenset(seen & set(sites)))


def shown_programs(services: Services, person: Asker) -> Iterator[tuple[Program, str]]:
    """Each program with its state: works, ended, revoked."""
    for one in list_programs(services.engine, person.scope):
        yield one, one.state(services.clock())
