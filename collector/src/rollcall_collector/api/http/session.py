"""Knows who asks: the cookie of a signed-in browser becomes a person, and each endpoint says which right it takes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.identity import people
from rollcall_collector.model.person import Asker
from rollcall_collector.model.roles import Right, say_holders, say_right

COOKIE_SECURE = "__Host-rollcall"
"""The cookie's name over https; browsers take it only with Secure, Path=/ and without Domain."""
COOKIE_PLAIN = "rollcall"
"""The cookie's name over plain http, which is for one machine."""
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


def signed_in(request: Request, services: Annotated[Services, Depends(services_of)]) -> Asker:
    """Who asks. Raises a 401 where nobody is signed in."""
    secret = read_cookie(request, services)
    person = people.find_person(services.engine, secret, services.clock()) if secret else None
    if person is None:
        raise ApiProblem(401, "not_signed_in", "You are not signed in: open a sign-in link first.")
    request.state.person = person
    return person


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

    check.right = right  # type: ignore[attr-defined]  # so that a description of the endpoint can say it
    return check


Given = Annotated[Services, Depends(services_of)]
SignedIn = Annotated[Asker, Depends(signed_in)]
MaySeeCarts = Annotated[Asker, Depends(requires("carts"))]
MaySeeDevices = Annotated[Asker, Depends(requires("devices"))]
MaySeePrices = Annotated[Asker, Depends(requires("prices"))]
MayPlace = Annotated[Asker, Depends(requires("place"))]
MayDecide = Annotated[Asker, Depends(requires("decide"))]
MayPrice = Annotated[Asker, Depends(requires("price"))]
MayList = Annotated[Asker, Depends(requires("list"))]
MaySetUp = Annotated[Asker, Depends(requires("set_up"))]
MayAdmit = Annotated[Asker, Depends(requires("admit"))]
