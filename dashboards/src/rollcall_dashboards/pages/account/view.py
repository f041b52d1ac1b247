"""How do I sign in, and where am I signed in? One's own password, the school account, the sessions that are open."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayAdmit, SignedIn, read_cookie
from rollcall_collector.errors import CollectorError
from rollcall_collector.identity import passwords, sessions
from rollcall_collector.identity.sign_in.provider import find_provider
from rollcall_collector.model.scope import Asker
from rollcall_collector.store.sites import site_keys
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_instant

router = APIRouter(include_in_schema=False)
Password = Annotated[str, Form(max_length=passwords.PASSWORD_MAX * 2)]
_HERE = "/account"


@router.get("/account")
def show_account(request: Request, services: Given, person: SignedIn, said: str = "") -> HTMLResponse:
    """What one may do, the ways in that one has, and every browser in which one is signed in."""
    told = {
        "password": translate("The password is kept. Wherever else you were signed in, you are signed out."),
        "ended": translate("Signed out there."),
        "connected": translate("From now on you sign in with that account."),
        "taken": translate("That account signs in somebody else: ask an administrator."),
    }
    return _show(request, services, person, told=told.get(said, ""))


@router.post("/account/password")
def choose(request: Request, services: Given, person: SignedIn, password: Password, before: Password = "") -> Response:
    """Keep the password that somebody chose for themselves."""
    now = services.clock()
    try:
        passwords.choose_password(
            services.engine,
            services.door.attempts,
            person.name,
            password,
            before=before,
            keep_session=read_cookie(request, services) or "",
            now=now,
        )
    except passwords.WrongPasswordError:
        return _show(request, services, person, trouble=translate("The password before is another one."), status=422)
    except passwords.ShutError as error:
        until = say_instant(error.until, services.zone, now=now)
        trouble = translate("Too many wrong passwords: they are tried again %(until)s.", until=until)
        return _show(request, services, person, trouble=trouble, status=429)
    except (passwords.WeakPasswordError, passwords.BusyError) as error:
        return _show(request, services, person, trouble=translate(str(error)), status=422)
    return RedirectResponse(f"{_HERE}?said=password", status_code=303)


@router.post("/account/sessions")
def end_sessions(
    request: Request, services: Given, person: SignedIn, session: Annotated[str, Form(max_length=100)] = ""
) -> RedirectResponse:
    """Sign out in one browser; without saying which, in all but this one."""
    if session:
        sessions.end_session(services.engine, person.name, session)
    else:
        sessions.end_other_sessions(services.engine, person.name, read_cookie(request, services) or "")
    return RedirectResponse(f"{_HERE}?said=ended", status_code=303)


@router.post("/account/emergency")
def note_seen(services: Given, person: MayAdmit) -> RedirectResponse:
    """An administrator has seen that the emergency administrator signed in."""
    passwords.note_told(services.engine, person.name, services.clock())
    return RedirectResponse("/", status_code=303)


def _show(
    request: Request, services: Services, person: Asker, *, told: str = "", trouble: str = "", status: int = 200
) -> HTMLResponse:
    try:
        provider = find_provider(services.engine, services.door.file)
    except CollectorError:
        provider = None
    with services.engine.connect() as connection:
        names = list(site_keys(connection, person.scope))
    values = {
        "told": told,
        "trouble": trouble,
        "site_names": names,
        "provider": "" if provider is None else provider.kind.title,
        "has_password": passwords.has_password(services.engine, person.name),
        "password_min": passwords.PASSWORD_MIN,
        "sessions": sessions.list_sessions(services.engine, person.name, services.clock()),
        "own": sessions.own_name(read_cookie(request, services) or ""),
        "ways": {
            "link": translate("by a link"),
            "password": translate("by a password"),
            "provider": translate("by the school account"),
        },
    }
    return show(request, "account/account.html", values, status=status)
