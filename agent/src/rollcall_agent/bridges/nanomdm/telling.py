"""Writes what is to be told as text, and reads it again."""

import json
from datetime import datetime
from typing import Any

from rollcall_wire import Failure, Vitals
from rollcall_wire.encoding import plain


def text_of(bodies: tuple[Failure | Vitals, ...]) -> str:
    """The bodies as one text."""
    return json.dumps([plain(body) for body in bodies], separators=(",", ":"))


def bodies_of(text: str) -> tuple[Failure | Vitals, ...]:
    """The bodies in a text that `text_of` made."""
    return tuple(_read(one) for one in json.loads(text))


def _read(told: dict[str, Any]) -> Failure | Vitals:
    if told["kind"] == "vitals":
        return Vitals(**told)
    return Failure(**(told | {"occurred_at": datetime.fromisoformat(told["occurred_at"])}))
