"""Reads single values out of a service's answer: what is not what it should be is not measured, never zero."""

import re
from datetime import UTC, datetime
from typing import Any

_TEXT_MAX = 128
_MILLISECONDS_FROM = 10**11
"""A number of seconds as large as this would lie in the year 5138."""


def text(value: Any) -> str | None:
    """A text that says something, without what cannot be printed; None for anything else."""
    if not isinstance(value, str):
        return None
    found = "".join(one for one in value.strip() if one.isprintable())[:_TEXT_MAX]
    return found or None


def number(value: Any) -> float | None:
    """A number at or above zero, also where it stands in a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None


def scaled(value: Any, unit: int) -> int | None:
    """A number of so large units, as a whole number."""
    found = number(value)
    return None if found is None else round(found * unit)


def instant(value: Any) -> datetime | None:
    """An instant as a service writes it: ISO with or without a zone (then UTC), or seconds since 1970."""
    seconds = number(value)
    try:
        if seconds is not None:
            seconds = seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
        stated = text(value)
        if stated is None:
            return None
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", stated))
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def at(reply: Any, *names: str) -> Any:
    """What stands under these names, one in the other; None where something is missing."""
    for name in names:
        reply = reply.get(name) if isinstance(reply, dict) else None
    return reply
