"""Reads what macOS' own programs print: property lists, and lines of names and values."""

import plistlib
from collections.abc import Mapping
from typing import Any

from rollcall_agent.sources.programs import Ran


def plist(ran: Ran | None) -> Mapping[str, Any]:
    """A program's property list: the dictionary it is, or the first one in it; empty where there is none."""
    try:
        found = plistlib.loads((ran.output if ran else "").encode())
    except (ValueError, plistlib.InvalidFileException, LookupError, AttributeError, TypeError, OverflowError):
        return {}
    except Exception as error:  # expat's own error is no ValueError, and its module is loaded by plistlib alone
        if type(error).__name__ != "ExpatError":
            raise
        return {}
    first = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, dict) else {}


def whole(value: object) -> int | None:
    """A whole number that is not negative."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def text(value: object) -> str | None:
    """A text; some are kept as bytes, ended by a zero."""
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode(errors="replace")
    return value if isinstance(value, str) else None
