"""Writes and reads the wire's JSON with the standard library alone, for the agent."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from rollcall_wire.messages import Ack, SchoolHours, Settings


def plain(value: Any) -> Any:
    """A dataclass as JSON-ready values. Fields that are None are left out: absent means not measured."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if is_dataclass(value) and not isinstance(value, type):
        named = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: plain(item) for name, item in named if item is not None}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def encode(value: Any) -> bytes:
    """A message, report or state as compact UTF-8 JSON. Raises ValueError on NaN or infinity."""
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


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
