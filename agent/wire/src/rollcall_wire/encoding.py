"""Writes and reads the wire's JSON with the standard library alone, for the agent."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from rollcall_wire.messages import Ack, SchoolHours, Settings


def plain(value: Any) -> Any:
    """A dataclass as JSON-ready values. Fields that are None are left out: absent means not measured."""
    return json.loads(_encoder.encode(value))


def encode(value: Any) -> bytes:
    """A message, report or state as compact UTF-8 JSON. Raises ValueError on NaN or infinity."""
    return _encoder.encode(value).encode()


@cache
def _reader(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The class's field names, and what reads all of them at once. `fields` in each call doubled the price."""
    names = tuple(one.name for one in fields(kind))
    if len(names) == 1:
        return names, lambda value: (getattr(value, names[0]),)
    return names, attrgetter(*names)


@lru_cache(maxsize=256)
def _instant(at: datetime) -> str:
    """An instant as UTC text. Kept, since a batch of reports shares its instants."""
    if at.tzinfo is None:
        raise ValueError(f"the instant {at} says no zone: make it aware UTC")
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _stated(value: Any) -> Any:
    """What the JSON encoder cannot write by itself: an instant, or one level of a dataclass."""
    if isinstance(value, datetime):
        return _instant(value)
    names, read = _reader(value.__class__)
    return {name: item for name, item in zip(names, read(value), strict=False) if item is not None}


_encoder = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, ensure_ascii=False, check_circular=False, default=_stated
)


def decode_ack(payload: bytes) -> Ack:
    """Read an ack. Raises ValueError, KeyError or TypeError where it is none."""
    read = json.loads(payload)
    return Ack(
        epoch=str(read["epoch"]),
        kept=tuple((int(first), int(last)) for first, last in read["kept"]),
        refused=tuple((int(seq), reason) for seq, reason in read["refused"]),
        unreadable=tuple((str(digest), reason) for digest, reason in read.get("unreadable", ())),
        now=datetime.fromisoformat(read["now"]),
        credit=float(read["credit"]),
        is_shared=read.get("is_shared"),
    )


def decode_settings(payload: bytes) -> Settings:
    """Read settings. Raises ValueError, KeyError or TypeError where they are none."""
    read = json.loads(payload)
    hours = read.get("school_hours")
    again = read.get("send_again")
    return Settings(
        vitals_minutes=min(1440, max(1, int(read.get("vitals_minutes", 60)))),
        school_hours=None if hours is None else _school_hours(hours),
        send_again=None if again is None else str(again),
    )


def _school_hours(read: Mapping[str, Any]) -> SchoolHours:
    return SchoolHours(
        zone=str(read["zone"]),
        days=tuple(int(day) for day in read["days"]),
        opens_minute=int(read["opens_minute"]),
        closes_minute=int(read["closes_minute"]),
    )
