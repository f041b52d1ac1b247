"""Knows who asks: a browser's cookie becomes a person, a token a program, and each endpoint says what it takes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.identity import people
from rollcall_collector.identity.programs import find_program
from rollcall_collector.model.person import Right, say_holders, say_right
from rollcall_collector.model.scope import Asker
from rollcall_collector.store.audit.noting import note_export
from rollcall_collector.store.instants import to_us

COOKIE_SECURE = "__Host-rollcall"
"""The cookie's name over https; browsers take it only with Secure, Path=/ and without Domain."""
COOKIE_PLAIN = "rollcall"
"""The cookie's name over plain http, which is for one machine."""
_token = HTTPBearer(scheme_name="program", auto_error=False, description="A program's token, from the page People.")
EXPORTS = (".csv", ".xlsx")
"""Whoever takes along what ends so is noted."""
_SECONDS = 7 * 24 * 3600


def is_https(request: Request, services: Services) -> bool:
    """Whether people reach us by https, here or at the proxy in front."""
    return request.url.scheme == "https" or (services.public_url or "").startswith("https:")


def read_cookie(request: Request, services: Services) -> str | None:
    """The session's secret as the browser sent it."""
    return request.cookies.get(COOKIE_SECURE if is_https(request, services) else COOKIE_PLAIN)


def set_cookie(request: Request, response: Response, services: Services, secret: str) -> None:
    """Hand the browser its session: never to scripts, never to other sites' writes."""
    secure = is_https(request, services)
    response.set_cookie(
        COOKIE_SECURE if secure else COOKIE_PLAIN,
        secret,
        max_age=_SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, services: Services) -> None:
    """Take the session back from the browser."""
    secure = is_https(request, services)
    response.delete_cookie(COOKIE_SECURE if secure else COOKIE_PLAIN, path="/", secure=secure, httponly=True)


def signed_in(
    request: Request,
    services: Annotated[Services, Depends(services_of)],
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_token)] = None,
    _cookie: Annotated[
        str | None, Depends(APIKeyCookie(name=COOKIE_PLAIN, scheme_name="person", auto_error=False))
    ] = None,
) -> Asker:
    """Who asks. Raises a 401 where nobody is signed in, a 429 where wrong tokens come too fast.

    A program's token counts for the API alone, whose app has a turnstile for wrong ones. A page is asked for its own
    right and its router's: both are one question, and what is exported is noted once.
    """
    known: Asker | None = getattr(request.state, "person", None)
    if known is not None:
        return known
    turnstile: Turnstile | None = getattr(request.app.state, "program_turnstile", None)
    if token is not None and turnstile is not None:
        person: Asker = _program(request, services, token.credentials, turnstile)
    else:
        person = _person(request, services)
    request.state.person = person
    request.state.author.name = person.name
    if request.url.path.endswith(EXPORTS):
        note_export(services.engine, request.url.path, request.url.query)
    return person


def _person(request: Request, services: Services) -> Asker:
    secret = read_cookie(request, services)
    found = people.find_person(services.engine, secret, services.clock()) if secret else None
    if found is None:
        raise ApiProblem(401, "not_signed_in", "You are not signed in: open a sign-in link first.")
    return found


def _program(request: Request, services: Services, secret: str, turnstile: Turnstile) -> Asker:
    """A right token always comes in: only wrong ones are counted, so nobody is locked out by another's guesses."""
    now = services.clock()
    found = find_program(services.engine, secret, now)
    if found is not None:
        return found
    if not turnstile.admits(request.client.host if request.client else "", to_us(now)):
        raise ApiProblem(429, "too_many", "Too many wrong tokens from this address: try again in a minute.")
    said = "This token is unknown, has ended or was revoked: have an administrator make another on the page People."
    raise ApiProblem(401, "wrong_token", said)


def demand(person: Asker, right: Right) -> None:
    """Raises a 403, which says who holds this right, for who does not."""
    if not person.may(right):
        said = f"{person.name} may not do this: to {say_right(right)} is for {say_holders(right)}."
        raise ApiProblem(403, "not_allowed", f"{said} Ask whoever runs Rollcall.")


def requires(right: Right) -> Callable[[Asker], Asker]:
    """A dependency that lets whoever holds this right pass, and nobody else."""

    def check(person: Annotated[Asker, Depends(signed_in)]) -> Asker:
        demand(person, right)
        return person

    return check


Given = Annotated[Services, Depends(services_of)]
SignedIn = Annotated[Asker, Depends(signed_in)]
MaySeeCarts = Annotated[Asker, Security(requires("carts"), scopes=["carts"])]
MaySeeDevices = Annotated[Asker, Security(requires("devices"), scopes=["devices"])]
MaySeePrices = Annotated[Asker, Security(requires("prices"), scopes=["prices"])]
MayPlace = Annotated[Asker, Security(requires("place"), scopes=["place"])]
MayDecide = Annotated[Asker, Security(requires("decide"), scopes=["decide"])]
MayPrice = Annotated[Asker, Security(requires("price"), scopes=["price"])]
MayList = Annotated[Asker, Security(requires("list"), scopes=["list"])]
MaySetUp = Annotated[Asker, Security(requires("set_up"), scopes=["set_up"])]
MayAdmit = Annotated[Asker, Security(requires("admit"), scopes=["admit"])]
