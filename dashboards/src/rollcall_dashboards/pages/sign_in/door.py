"""What every way in has in common: the page that offers them, the turnstile before it, and where it leads."""

import re
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import set_cookie
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.errors import CollectorError
from rollcall_collector.identity import people
from rollcall_collector.identity.passwords import has_passwords
from rollcall_collector.identity.sign_in.provider import find_provider
from rollcall_collector.store.entered_settings.kept_school import is_setup_due
from rollcall_collector.store.instants import to_us
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.way_back import forget, wanted_page

To = Annotated[str, Form(max_length=4000)]
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("CrOS", "ChromeOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def pass_turnstile(request: Request, services: Services, turnstile: Turnstile) -> None:
    """Raises a 429 where too many came from one address just now."""
    address = request.client.host if request.client else ""
    if not turnstile.admits(address, to_us(services.clock())):
        said = translate(
            "Too many have tried to sign in from here just now: wait a minute. "
            "A link from an administrator works all the same."
        )
        raise ApiProblem(429, "too_many", said)


def browser_of(request: Request) -> str:
    """The browser and the system, in two words and no version: for the list of one's own sessions."""
    said = request.headers.get("user-agent", "")
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}/", said)), "")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return translate("%(browser)s on %(system)s", browser=browser, system=system) if browser and system else ""


def go_in(request: Request, services: Services, session: str, to: str) -> Response:
    """Hand the browser its session and lead it to the page that was asked for."""
    response = RedirectResponse(wanted_page(request, to) or _first_page(services, session), status_code=303)
    set_cookie(request, response, services, session)
    forget(response)
    return response


def show_door(
    request: Request,
    services: Services,
    *,
    to: str,
    trouble: str = "",
    link: str = "",
    name: str = "NAME",
    status: int = 200,
    is_other_account_offered: bool = False,
) -> HTMLResponse:
    """The page with every way in that there is; `trouble` is why the last one did not lead in."""
    provider, wrong = "", ""
    try:
        found = find_provider(services.engine, services.door.file)
        provider = "" if found is None else found.kind.title
    except CollectorError as error:
        wrong = str(error)
    values = {
        "link": link,
        "trouble": trouble,
        "provider": provider,
        "provider_wrong": wrong,
        "is_other_account_offered": is_other_account_offered,
        "has_passwords": has_passwords(services.engine),
        "command": f"{services.command} people link {name}",
        "wanted": wanted_page(request, to),
    }
    response = show(request, "sign_in/sign_in.html", values, status=status)
    # the link stands in this page's address: it must not travel on, and the page must not be kept
    response.headers["cache-control"] = "no-store"
    return response


def _first_page(services: Services, session: str) -> str:
    """Today; on a store that nobody has set up yet the setup, for who may do that."""
    person = people.find_person(services.engine, session, services.clock())
    if person is None or not person.may("set_up") or not person.scope.is_all:
        return "/"
    with services.engine.connect() as connection:
        return "/setup" if is_setup_due(connection) else "/"
