"""Reads how long devices take to start: of each one number with its kind, the same on every page."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from rollcall_collector.model.flag import SPEAKING
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import boots, flags

NOW_DAYS, NOW_STARTS = 28, 5
_KINDS = ("full", "fast")
"""Kinds of start that are compared; they are never mixed."""
RESUME = "resume"
"""Waking up is no start, and is told of only where nothing else is."""
_SLOW = ("slow_start", "slow_since_day_one")


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTime:
    """The median seconds to the login screen of one kind of a device's starts, and of how many starts."""

    kind: str
    seconds: float
    starts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Slowed:
    """What a flag says of a device's starts: since which day, how long they took before, of which kind, and now.

    None is what the flag does not say: one of an older version names no kind.
    """

    since_day: int | None
    usual_seconds: float | None
    kind: str | None
    now: StartTime | None


def start_times(
    connection: Connection, scope: Scope, keys: Collection[int], today: date, *, days: int = NOW_DAYS
) -> dict[int, StartTime]:
    """How these devices started in the last four weeks; a device without a measured start is left out.

    A device that a flag calls slow has that flag's kind and number, as it was judged. Of the others the kind is full
    where there are five full starts or more, as the judge asks; else that of most of its starts; resumes where it has
    no other.
    """
    query = select(boots.c.device, boots.c.start_kind, boots.c.to_login_seconds).where(
        boots.c.device.in_(tuple(keys)),
        boots.c.booted_on.between(to_day(today) - days + 1, to_day(today)),
        boots.c.to_login_seconds.is_not(None),
        boots.c.start_kind.in_((*_KINDS, RESUME)),
    )
    took: dict[int, dict[str, list[float]]] = defaultdict(lambda: {kind: [] for kind in (*_KINDS, RESUME)})
    for device, kind, seconds in connection.execute(of_devices(query, scope, boots.c.device)).all():
        took[device][kind].append(seconds)
    found = {device: _start_time(by_kind) for device, by_kind in took.items()}
    return found | {key: one.now for key, one in slowed(connection, scope, keys).items() if one.now is not None}


def slowed(connection: Connection, scope: Scope, keys: Collection[int]) -> dict[int, Slowed]:
    """What a flag that still speaks says of how these devices start, those that became slow before the others."""
    query = select(flags.c.device, flags.c.finding, flags.c.evidence).where(
        flags.c.device.in_(tuple(keys)), flags.c.finding.in_(_SLOW), flags.c.state.in_(SPEAKING)
    )
    rows = connection.execute(of_devices(query, scope, flags.c.device)).all()
    found: dict[int, Slowed] = {}
    for row in sorted(rows, key=lambda row: _SLOW.index(row.finding)):
        found.setdefault(row.device, _slowed(row.evidence))
    return found


def _slowed(evidence: Mapping[str, Any]) -> Slowed:
    kind, seconds = evidence.get("start_kind"), evidence.get("now_seconds", evidence.get("seconds"))
    now = None
    if kind is not None and seconds is not None:
        now = StartTime(kind=kind, seconds=seconds, starts=evidence.get("boots") or 0)
    return Slowed(since_day=evidence.get("since_day"), usual_seconds=evidence.get("usual_seconds"), kind=kind, now=now)


def _start_time(by_kind: Mapping[str, list[float]]) -> StartTime:
    kind = "full" if len(by_kind["full"]) >= NOW_STARTS else max(_KINDS, key=lambda one: len(by_kind[one]))
    if not by_kind[kind]:
        kind = RESUME
    return StartTime(kind=kind, seconds=median(by_kind[kind]), starts=len(by_kind[kind]))
