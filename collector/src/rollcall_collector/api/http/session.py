"""Knows who asks: the cookie of a signed-in browser becomes a person, and a person's role says what they may do."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.identity import people
from rollcall_collector.identity.people import Person, Role

COOKIE_SECURE = "__Host-rollcall"
"""The cookie's name over https; browsers take it only with Secure, Path=/ and without Domain."""
COOKIE_PLAIN = "rollcall"
"""The cookie's name over plain http, which is for one machine."""
_SECONDS = 7 * 24 * 3600
_RANK: dict[Role, int] = {"viewer": 0, "technician": 1, "admin": 2}


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


def signed_in(request: Request, services: Annotated[Services, Depends(services_of)]) -> Person:
    """Who asks. Raises a 401 where nobody is signed in."""
    secret = read_cookie(request, services)
    person = people.find_person(services.engine, secret, services.clock()) if secret else None
    if person is None:
        raise ApiProblem(401, "not_signed_in", "You are not signed in: open a sign-in link first.")
    request.state.person = person
    return person


def requires(role: Role) -> Callable[[Person], Person]:
    """A dependency that lets this role and those above it pass: viewer reads, technician decides, admin all."""

    def check(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if _RANK[person.role] < _RANK[role]:
            detail = f"{person.name} may look but not do this: it takes a {role}. Ask whoever runs Rollcall."
            raise ApiProblem(403, "not_allowed", detail)
        return person

    return check


Given = Annotated[Services, Depends(services_of)]
Viewer = Annotated[Person, Depends(requires("viewer"))]
Technician = Annotated[Person, Depends(requires("technician"))]
Administrator = Annotated[Person, Depends(requires("admin"))]
