"""Remembers which page somebody wanted before they had signed in, so that the link leads there and not to Today."""

from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import is_https
from rollcall_dashboards.shared.local_address import local_address

COOKIE = "rollcall-to"
_DAY_SECONDS = 24 * 3600
_DOOR = "/sign-in"


def lead_to_door(request: Request, services: Services) -> Response:
    """To the door; the page that was asked for is kept in the browser for a day, for the link comes from elsewhere."""
    question = f"?{request.url.query}" if request.url.query else ""
    wanted = _inner(f"{request.url.path}{question}") if request.method == "GET" else None
    if wanted is None:
        return RedirectResponse(_DOOR, status_code=303)
    response = RedirectResponse(f"{_DOOR}?to={quote(wanted, safe='/')}", status_code=303)
    response.set_cookie(
        COOKIE,
        quote(wanted),
        max_age=_DAY_SECONDS,
        path=_DOOR,
        secure=is_https(request, services),
        httponly=True,
        samesite="lax",
    )
    return response


def wanted_page(request: Request, said: str) -> str | None:
    """The page of ours to go on to: what the form or the address says, else what the browser was kept to remember."""
    return _inner(said) or _inner(unquote(request.cookies.get(COOKIE, "")))


def forget(response: Response) -> None:
    """The page was reached: the next link leads to Today again."""
    response.delete_cookie(COOKIE, path=_DOOR)


def _inner(address: str) -> str | None:
    """A page of ours behind the door; Today is where everybody lands, and needs no remembering."""
    found = local_address(address)
    return None if found in {None, "/"} or (found or "").startswith(_DOOR) else found
