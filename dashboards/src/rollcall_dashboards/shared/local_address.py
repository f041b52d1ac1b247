"""Says which addresses lead to a page of ours: nobody is sent elsewhere by a form, a link or a cookie."""

from urllib.parse import urlsplit

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
