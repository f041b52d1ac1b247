"""The way in by the school's own accounts: to the provider, and back with its word."""

from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, is_https, read_cookie
from rollcall_collector.api.settings import BACK_PATH
from rollcall_collector.errors import CollectorError, SettingsError
from rollcall_collector.identity import people
from rollcall_collector.identity.people import Person
from rollcall_collector.identity.sign_in.discovery import ProviderAwayError
from rollcall_collector.identity.sign_in.enter import connect_account, enter
from rollcall_collector.identity.sign_in.flow import FLOW_SECONDS, Returned, begin, finish
from rollcall_collector.identity.sign_in.provider import Provider, WrongProviderError, find_provider
from rollcall_collector.identity.sign_in.refusal import SignInRefusedError
from rollcall_dashboards.pages.sign_in.door import browser_of, go_in, pass_turnstile, show_door
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.way_back import wanted_page

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
_COOKIE_SECURE, _COOKIE_PLAIN = "__Host-rollcall-flow", "rollcall-flow"
_FORBIDDEN = frozenset({"school", "role", "removed"})


@router.get("/sign-in/provider")
def go_to_provider(
    request: Request, services: Given, to: str = "", *, other: bool = False, connect: bool = False
) -> Response:
    """Send the browser to the provider; with `other` it asks which account, instead of taking the last one.

    With `connect` whoever is signed in gets the account as a way in of their own.
    """
    pass_turnstile(request, services, services.door.turnstile)
    person = _signed_in(request, services) if connect else None
    try:
        provider = find_provider(services.engine, services.door.file)
        if provider is None:
            return RedirectResponse(f"/sign-in?to={quote(to, safe='/')}" if to else "/sign-in", status_code=303)
        begun = begin(
            services.engine,
            services.door.discovery,
            provider,
            redirect_uri=_redirect_uri(request, services),
            to=wanted_page(request, to) or "",
            is_account_asked=other or connect,
            connects="" if person is None else person.name,
            now=services.clock(),
        )
    except (ProviderAwayError, WrongProviderError, SettingsError) as error:
        return _say_away(request, services, error, to)
    response = RedirectResponse(begun.address, status_code=303)
    response.set_cookie(
        _cookie(request, services),
        begun.cookie,
        max_age=FLOW_SECONDS,
        path="/",
        secure=is_https(request, services),
        httponly=True,
        samesite="lax",  # it comes back with a redirect of another site
    )
    return response


@router.get(BACK_PATH)
def come_back(request: Request, services: Given) -> Response:
    """Read what the browser came back with, and let in whom the role map gives a role."""
    pass_turnstile(request, services, services.door.turnstile)
    cookie = _cookie(request, services)
    to = ""
    try:
        provider = _provider(services)
        arrived = finish(
            services.engine,
            services.door.discovery,
            provider,
            cookie=request.cookies.get(cookie, ""),
            said=dict(request.query_params),
            redirect_uri=_redirect_uri(request, services),
            now=services.clock(),
        )
        to = arrived.to
        if arrived.connects:
            response = _connect(request, services, arrived)
            return _without_flow(request, services, response)
        session = enter(services.engine, arrived, browser=browser_of(request), now=services.clock())
        response = go_in(request, services, session, to)
    except SignInRefusedError as error:
        log.info("sign_in.refused", reason=error.reason, detail=error.detail)
        is_forbidden = error.reason in _FORBIDDEN
        response = show_door(
            request,
            services,
            to=to,
            trouble=translate(str(error)),
            status=403 if is_forbidden else 400,
            is_other_account_offered=is_forbidden,
        )
    except (ProviderAwayError, WrongProviderError, SettingsError) as error:
        response = _say_away(request, services, error, to)
    return _without_flow(request, services, response)


def _connect(request: Request, services: Services, arrived: Returned) -> Response:
    """The account becomes a way in of who began here and is still signed in."""
    person = _signed_in(request, services)
    if person is None or person.name != arrived.connects:
        raise SignInRefusedError("state", "somebody else is signed in by now")
    is_theirs = connect_account(services.engine, arrived)
    return RedirectResponse(f"/account?said={'connected' if is_theirs else 'taken'}", status_code=303)


def _signed_in(request: Request, services: Services) -> Person | None:
    secret = read_cookie(request, services)
    return people.find_person(services.engine, secret, services.clock()) if secret else None


def _without_flow(request: Request, services: Services, response: Response) -> Response:
    response.delete_cookie(_cookie(request, services), path="/", secure=is_https(request, services), httponly=True)
    return response


def _provider(services: Services) -> Provider:
    provider = find_provider(services.engine, services.door.file)
    if provider is None:
        raise SignInRefusedError("state", "no provider is set up")
    return provider


def _redirect_uri(request: Request, services: Services) -> str:
    return own_address(request, services) + BACK_PATH


def _cookie(request: Request, services: Services) -> str:
    return _COOKIE_SECURE if is_https(request, services) else _COOKIE_PLAIN


def _say_away(request: Request, services: Services, error: CollectorError, to: str) -> Response:
    log.warning("provider.away", reason=str(error))
    said = translate("The school's provider does not answer just now: try again in a minute, or come in another way")
    return show_door(request, services, to=to, trouble=said, status=503)
