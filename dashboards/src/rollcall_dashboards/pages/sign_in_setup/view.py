"""How do people sign in here? The school's provider with a live check, the passwords, the emergency administrator."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayAdmit
from rollcall_collector.api.settings import BACK_PATH, sign_in_link
from rollcall_collector.errors import CollectorError
from rollcall_collector.identity import passwords, people, role_map
from rollcall_collector.identity.people import HANDED_LINK_MINUTES
from rollcall_collector.identity.sign_in.check import Tried, check_provider
from rollcall_collector.identity.sign_in.provider import find_provider, keep_provider, read_entered
from rollcall_collector.identity.sign_in.registry import KINDS
from rollcall_collector.model.person import ROLE_WORDS
from rollcall_collector.model.scope import Asker, Scope
from rollcall_collector.store.sign_in.role_rule import RULE_KINDS
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_sites

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=500)]
HERE = "/settings/sign-in"


@router.get("/settings/sign-in")
def show_setup(request: Request, services: Given, person: MayAdmit) -> HTMLResponse:
    """What is set up, and the forms that change it."""
    see_all(person)
    return show_page(request, services)


@router.post("/settings/sign-in")
def keep(  # noqa: PLR0917  # a form's fields are named by nature
    request: Request,
    services: Given,
    person: MayAdmit,
    kind: Text,
    pinned: Text = "",
    client_id: Text = "",
    client_secret: Text = "",
) -> HTMLResponse:
    """Keep the provider and try it at once; an empty secret leaves the one before."""
    see_all(person)
    entered = {"kind": kind, "pinned": pinned.strip(), "client_id": client_id.strip()}
    try:
        keep_provider(
            services.engine,
            services.door.file,
            entered,
            client_secret.strip(),
            author=person.name,
            now=services.clock(),
        )
    except CollectorError as error:
        return show_page(request, services, entered=entered, trouble=str(error), status=422)
    services.door.discovery.forget()
    return show_page(request, services, is_checked=bool(kind))


@router.post("/settings/sign-in/check")
def check(request: Request, services: Given, person: MayAdmit) -> HTMLResponse:
    """Try the provider as it is set up."""
    see_all(person)
    return show_page(request, services, is_checked=True)


@router.post("/settings/sign-in/emergency")
def make_emergency(request: Request, services: Given, person: MayAdmit) -> HTMLResponse:
    """The emergency administrator's new password, shown now and never again."""
    see_all(person)
    name, password = passwords.make_emergency(services.engine, services.clock())
    return _shown_once(request, {"name": name, "password": password, "link": "", "hours": 0})


@router.post("/settings/sign-in/reset")
def reset(request: Request, services: Given, person: MayAdmit, name: Text) -> HTMLResponse:
    """Take somebody's password and sign them out everywhere; a link for them to choose another."""
    see_all(person)
    passwords.reset_password(services.engine, services.door.attempts, name)
    secret = people.create_link(services.engine, name, services.clock(), minutes=HANDED_LINK_MINUTES)
    link = sign_in_link(own_address(request, services), secret)
    return _shown_once(request, {"name": name, "password": "", "link": link, "hours": HANDED_LINK_MINUTES // 60})


def see_all(person: Asker) -> None:
    """Raises a 403 for who does not see all schools."""
    if not person.scope.is_all:
        raise ApiProblem(403, "not_allowed", "This holds for every school: it takes who may see them all.")


def show_page(
    request: Request,
    services: Services,
    *,
    entered: dict[str, str] | None = None,
    trouble: str = "",
    told: str = "",
    is_checked: bool = False,
    status: int = 200,
) -> HTMLResponse:
    """The page as things are now, with what went wrong or was just done."""
    redirect_uri = own_address(request, services) + BACK_PATH
    tried, wrong = _try(services, redirect_uri, is_checked=is_checked)
    file = services.door.file
    with services.engine.connect() as connection:
        last = read_entered(connection)
        sites = list_sites(connection, Scope.all())
    values: dict[str, Any] = {
        "kinds": KINDS.values(),
        "is_of_file": file.kind is not None,
        "entered": entered or _held(services, last.values if last else {}),
        "change": last,
        "redirect_uri": redirect_uri,
        "tried": tried,
        "trouble": trouble or wrong,
        "told": told,
        "rules": [(one.said, say_sites(one.said.scope, sites)) for one in role_map.list_map(services.engine)],
        "rule_kinds": RULE_KINDS,
        "roles": people.ROLES,
        "role_words": ROLE_WORDS,
        "site_names": sorted(one.name for one in sites),
        "holders": passwords.list_holders(services.engine),
        "has_emergency": passwords.has_emergency(services.engine),
    }
    return show(request, "sign_in_setup/sign_in_setup.html", values, status=status)


def _held(services: Services, kept: Any) -> dict[str, str]:
    file = services.door.file
    if file.kind is not None:
        return {"kind": file.kind, "pinned": file.pinned, "client_id": file.client_id}
    return {name: str(kept.get(name, "")) for name in ("kind", "pinned", "client_id")}


def _try(services: Services, redirect_uri: str, *, is_checked: bool) -> tuple[list[Tried], str]:
    """What the live check found, and what is wrong with the set-up itself."""
    try:
        provider = find_provider(services.engine, services.door.file)
    except CollectorError as error:
        return [], str(error)
    return (check_provider(provider, redirect_uri) if provider is not None and is_checked else []), ""


def _shown_once(request: Request, values: dict[str, Any]) -> HTMLResponse:
    page = show(request, "sign_in_setup/shown_once.html", values)
    page.headers["cache-control"] = "no-store"
    return page
