"""Reads single values of Google's replies, which leave out every zero, write large numbers as text and 1970 for never.

What is missing or of another form is None: not measured. Google's JSON is proto3's, whose rules stand at
https://protobuf.dev/programming-guides/json/.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Reply = Mapping[str, Any]
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
_NEVER = datetime(1971, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)
"""A device whose clock is farther ahead than this tells no instant that can be believed."""


def whole(value: Any) -> int | None:
    """An int64, which comes as text, or an int32, which comes as a number."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def seconds(value: Any) -> float | None:
    """A duration: `12s`, `1.500s`. None for one that is not whole or runs backwards."""
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else float(found[1])


def instant(value: Any) -> datetime | None:
    """An RFC 3339 instant with any number of digits, or milliseconds since 1970. None for 1970, which means never."""
    if not isinstance(value, str):
        return None
    try:
        is_millis = value.isdecimal()
        at = datetime.fromtimestamp(int(value) / 1000, UTC) if is_millis else datetime.fromisoformat(value)
        aware = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return aware if aware > _NEVER else None


def text(value: Any) -> str | None:
    """A text of at most 128 printable characters, spaces folded; None where nothing is left."""
    folded = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(one for one in folded if one.isprintable())[:128] or None


def part(reply: Reply, name: str) -> Reply:
    """An object within a reply; empty where it was left out."""
    found = reply.get(name)
    return found if isinstance(found, dict) else {}


def parts(reply: Reply, name: str) -> list[Reply]:
    """A list of objects within a reply; empty where it was left out."""
    found = reply.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def reported(entries: list[Reply], now: datetime) -> list[tuple[datetime, Reply]]:
    """Reports by the time the device wrote them, oldest first; those without one or from the future are left out."""
    found = [(at, one) for one in entries if (at := instant(one.get("reportTime"))) is not None and at <= now + AHEAD]
    return sorted(found, key=lambda one: one[0])
