"""Says which addresses lead to a page of ours, and under which address we are reached: nobody is sent elsewhere."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from rollcall_collector.api.http.services import Services

ADDRESS_MAX = 2000
"""So many characters of an address are remembered; the longest question of a page is shorter."""
_DELETE = "\x7f"


def local_address(wanted: str) -> str | None:
    """The address if it leads to a page of ours, else None.

    Browsers read a backslash as a slash and leave control characters out, so neither is let through.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or len(wanted) > ADDRESS_MAX:
        return None
    if any(letter < " " or letter == _DELETE for letter in wanted):
        return None
    try:
        found = urlsplit(wanted)
    except ValueError:
        return None
    return None if found.scheme or found.netloc else wanted


def own_address(request: Request, services: Services) -> str:
    """Where people reach these pages, without a slash at the end: as it is set, else as this request did."""
    return (services.public_url or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")


def is_this_computer(host: str | None) -> bool:
    """Whether a host means the computer that reads it, so that no other device finds us there."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
