"""Says on a page which sign-in gives which role: rules one by one, and the whole list of addresses as a file."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, MayAdmit
from rollcall_collector.errors import RosterError
from rollcall_collector.identity import role_map
from rollcall_collector.roster import read_list
from rollcall_dashboards.pages.sign_in_setup.view import see_all, show_page
from rollcall_dashboards.shared.i18n import translate

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=500)]


@router.post("/settings/sign-in/rules")
def add_rule(  # noqa: PLR0917  # a form's fields are named by nature
    request: Request,
    services: Given,
    person: MayAdmit,
    kind: Text,
    value: Text,
    role: Text,
    site: Annotated[list[str], Form()] = [],  # noqa: B006  # read, never changed
) -> HTMLResponse:
    """Keep a rule; it holds from the next sign-in on."""
    see_all(person)
    sites = [one for one in site if one]
    try:
        made = role_map.add_rule(services.engine, kind, value, role, services.clock(), sites=sites)
    except role_map.RoleMapError as error:
        return show_page(request, services, trouble=str(error), status=422)
    return show_page(request, services, told=translate("%(value)s is kept.", value=made.value))


@router.post("/settings/sign-in/rules/remove")
def remove_rule(request: Request, services: Given, person: MayAdmit, kind: Text, value: Text) -> HTMLResponse:
    """Take a rule out; who has a role by it is signed out at once."""
    see_all(person)
    try:
        role_map.remove_rule(services.engine, kind, value, services.clock())
    except role_map.RoleMapError as error:
        return show_page(request, services, trouble=str(error), status=422)
    return show_page(request, services, told=translate("%(value)s gives no role any more.", value=value))


@router.post("/settings/sign-in/addresses")
def import_addresses(
    request: Request, services: Given, person: MayAdmit, file: Annotated[UploadFile, File()]
) -> HTMLResponse:
    """Take a file as the whole list of addresses."""
    see_all(person)
    try:
        lines = read_list(file.file.read(), role_map.HEADINGS)
        done = role_map.import_addresses(services.engine, lines, services.clock())
    except (role_map.RoleMapError, RosterError) as error:
        return show_page(request, services, trouble=str(error), status=422)
    told = translate(
        "The list has %(rules)s addresses now: %(changed)s are new or changed, %(gone)s are gone and signed out.",
        rules=done.rules,
        changed=done.changed,
        gone=done.gone,
    )
    return show_page(request, services, told=told)
