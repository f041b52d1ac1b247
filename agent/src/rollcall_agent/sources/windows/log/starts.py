"""Finds the starts in a system log, by the order of its records alone: clocks are hours off inside one start."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from rollcall_agent.sources.windows.log.event import Event, Key

GENERAL, BOOT, POWER = (f"microsoft-windows-kernel-{name}" for name in ("general", "boot", "power"))
CRASH_REPORTER = "microsoft-windows-wer-systemerrorreporting"
LOG = "eventlog"

Kind = Literal["start", "good", "type", "firmware", "dirty", "unexpected", "version", "log", "crash"]
KINDS: dict[Key, Kind] = {
    (GENERAL, 12): "start",
    (BOOT, 20): "good",
    (BOOT, 27): "type",
    (BOOT, 30): "firmware",
    (POWER, 41): "dirty",
    (LOG, 6008): "unexpected",
    (LOG, 6009): "version",
    (LOG, 6005): "log",
    (CRASH_REPORTER, 1001): "crash",
    ("bugcheck", 1001): "crash",
}
"""What is written once at a start, and what it tells."""
STOPS: frozenset[Key] = frozenset({(GENERAL, 13), (LOG, 6006)})
"""A stop that was asked for: the kernel's word and the log service's. The kernel's comes into the log with the start
that follows it, behind the first words of the log service there."""
OF_THE_LOG: frozenset[Kind] = frozenset({"unexpected", "version", "log"})
OF_THE_KERNEL: frozenset[Kind] = frozenset({"start", "good", "type", "firmware", "dirty"})
NEAR_RECORDS = 150
"""Log service and kernel write their first words of one start this near to each other, in either order."""


@dataclass(slots=True)
class Start:
    """What the log holds of one start: its records by kind; and whether it says that the run before was ended."""

    records: dict[Kind, Event] = field(default_factory=dict)
    has_stop_before: bool = False
    is_ended: bool = False
    last_record: int = 0

    @property
    def first(self) -> Event:
        """The kernel's own record of it, else the first there is."""
        return self.records.get("start") or min(self.records.values(), key=lambda event: event.record)

    @property
    def is_full(self) -> bool:
        """Whether the kernel started: after a fast start or hibernation it only goes on."""
        kind = self.records.get("type")
        return "start" in self.records or kind is None or kind.numbers.get("BootType", 0) == 0

    def has_any(self, kinds: frozenset[Kind]) -> bool:
        """Whether it has a record of one of these kinds."""
        return not kinds.isdisjoint(self.records)


def find_starts(events: Iterable[Event]) -> list[Start]:
    """The starts, oldest first. A record that was lost (a corrupt part of the log) costs no other start its own.

    What the log service writes alone is no start: somebody may have restarted that service.
    """
    found: list[Start] = []
    is_ended = False
    for event in _in_order(events):
        now = found[-1] if found else None
        if event.key in STOPS:
            if now is not None and not now.has_any(OF_THE_KERNEL):
                now.has_stop_before = True
                continue
            is_ended = True
            if now is not None:
                now.is_ended = True
            continue
        kind = KINDS.get(event.key)
        if kind is None:
            continue
        if now is None or not _belongs(now, kind, event):
            now = Start(has_stop_before=is_ended)
            is_ended = False
            found.append(now)
        now.records.setdefault(kind, event)
        now.last_record = event.record
    return [one for one in found if one.has_any(OF_THE_KERNEL | {"unexpected"})]


def _belongs(start: Start, kind: Kind, event: Event) -> bool:
    """Whether a record speaks of the start that is being read; else it opens the next one."""
    if kind == "crash":  # written once the dump is saved, whenever that is; a second dump is of the same stop
        return not start.is_ended
    if kind in start.records or start.is_ended or not start.is_full:
        return False
    is_near = event.record - start.last_record <= NEAR_RECORDS
    if kind in {"start", "type"}:
        return is_near
    if kind in OF_THE_LOG:
        # 6008 stands before the other words of the log service: behind them it belongs to the next start.
        return is_near and not (kind == "unexpected" and start.has_any(OF_THE_LOG))
    return start.has_any(OF_THE_KERNEL) or is_near


def _in_order(events: Iterable[Event]) -> list[Event]:
    return sorted({event.record: event for event in events}.values(), key=lambda event: event.record)
