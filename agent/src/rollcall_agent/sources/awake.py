"""Tells how long the device was awake since it last said so: sleep does not count."""

from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.reports import Vitals

SECONDS_MAX = 40_000_000.0


def read(_host: Host) -> None:
    """Nothing: the moment itself carries the awake clock."""


def tell(_reading: None, past: Past) -> Told:
    """Awake seconds since the last report; after a new start, those since it, and those carried over a clean stop."""
    mark = past.recall("awake")
    now = past.moment.awake_seconds
    told = None if mark is None else min(SECONDS_MAX, round(_since(mark, boot_id=past.boot_id, now=now), 1))
    return Told(
        vitals=Vitals(awake_seconds=told),
        mark=marking(boot=past.boot_id, awake=now, carried=0.0),
        has_found=True,
    )


def carry(mark: str | None, *, boot_id: str, now: float) -> str | None:
    """The mark to leave at a stop: what was awake and not yet told is told after the next start."""
    if mark is None:
        return None
    return marking(boot=boot_id, awake=now, carried=round(_since(mark, boot_id=boot_id, now=now), 1))


def _since(mark: str, *, boot_id: str, now: float) -> float:
    past = marked(mark)
    carried = float(past.get("carried", 0.0))
    if past.get("boot") != boot_id:
        return carried + now
    return carried + max(0.0, now - float(past.get("awake", now)))


SOURCE = Source(name="awake", rhythm="vitals", needs="nothing", read=read, tell=tell)
