"""Keeps what people entered on a page in the place of a setting: every change with its author."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, update

from rollcall_collector.errors import StaleChangeError
from rollcall_collector.store.kept_settings import get_setting, insert_setting, put_setting
from rollcall_collector.store.tables import kept_settings

_CHANGES_MAX = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Entered:
    """What holds since this change, by name; who made it and when (aware UTC).

    `moved` says what else the change took along, for an undo to take back.
    """

    values: Mapping[str, Any]
    author: str
    entered_at: datetime
    moved: Mapping[str, Any] = field(default_factory=dict)


def read_changes(connection: Connection, name: str) -> tuple[Entered, ...]:
    """The changes of one setting, oldest first; none where nobody entered anything."""
    return _read(get_setting(connection, name) or "{}")


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[Entered, ...]:
    # Each request asks for the school and the prices, and they seldom change: fifty changes take 1.5 ms to read.
    return tuple(
        Entered(
            values=one.get("values", one.get("prices", {})),
            author=one["by"],
            entered_at=datetime.fromisoformat(one["at"]),
            moved=one.get("moved", {}),
        )
        for one in json.loads(text).get("changes", [])
    )


def last_entered(connection: Connection, name: str) -> Entered | None:
    """The last change; None where nobody entered anything."""
    changes = read_changes(connection, name)
    return changes[-1] if changes else None


def read_values(connection: Connection, name: str) -> Mapping[str, Any]:
    """What people entered and what holds of it now."""
    last = last_entered(connection, name)
    return {} if last is None else last.values


def begin_change(connection: Connection, name: str) -> Mapping[str, Any]:
    """What holds now, held until this transaction ends: of two who change it at once, the second adds to the first."""
    insert_setting(connection, name, "{}")
    connection.execute(update(kept_settings).where(kept_settings.c.name == name).values(value=kept_settings.c.value))
    return read_values(connection, name)


def keep_change(connection: Connection, name: str, change: Entered) -> None:
    """Add a change that was begun; the last 50 are kept."""
    changes = [*read_changes(connection, name), change][-_CHANGES_MAX:]
    kept = [
        {"by": one.author, "at": one.entered_at.isoformat(), "values": dict(one.values), "moved": dict(one.moved)}
        for one in changes
    ]
    put_setting(connection, name, json.dumps({"changes": kept}))


def last_two(connection: Connection, name: str, at: str) -> tuple[Entered, Mapping[str, Any]]:
    """The last change, and what held before it. Raises StaleChangeError where it is not the one made `at` (ISO)."""
    begin_change(connection, name)
    changes = read_changes(connection, name)
    if not changes or changes[-1].entered_at.isoformat() != at:
        raise StaleChangeError
    return changes[-1], changes[-2].values if len(changes) > 1 else {}
