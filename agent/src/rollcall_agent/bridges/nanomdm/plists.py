"""Reads Apple's property lists as XML alone: what could blow up in memory, or runs to no end, is refused."""

import plistlib
from typing import Any
from xml.parsers.expat import ExpatError


class PlistError(ValueError):
    """What was sent is no property list of the kind that an iPad sends."""


def read_plist(body: bytes) -> dict[str, Any]:
    """The dictionary of an XML property list. Raises PlistError for anything else.

    Binary lists are refused, since their references can ask for any amount of memory; the standard library refuses
    entity declarations by itself, which is where an XML bomb hides.
    """
    try:
        found = plistlib.loads(body, fmt=plistlib.FMT_XML)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, ExpatError, RecursionError) as error:
        raise PlistError(f"not an XML property list: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise PlistError("not a dictionary")
    return found
