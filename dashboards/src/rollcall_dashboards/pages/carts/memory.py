"""Remembers in the browser which school's carts were looked at last, and which cart: of nobody anything is kept."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from fastapi import Request, Response

COOKIE = "rollcall-carts"
_YEAR = 365 * 24 * 3600
_LONG = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class LastSeen:
    """The site whose carts were chosen last, empty for all, and the key of the cart, 0 for none."""

    site: str = ""
    cart: int = 0


def recall(request: Request) -> LastSeen:
    """What this browser chose last; nothing where it says nothing that can be read."""
    number, _, site = request.cookies.get(COOKIE, "").partition(".")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10  # noqa: PLR2004  # as in addresses
    return LastSeen(site=unquote(site)[:_LONG], cart=int(number) if is_number else 0)


def remember(response: Response, seen: LastSeen) -> None:
    """Let the browser keep it for a year, for the pages of carts alone."""
    value = f"{seen.cart}.{quote(seen.site, safe='')}"
    response.set_cookie(COOKIE, value, max_age=_YEAR, path="/carts", httponly=True, samesite="lax")
