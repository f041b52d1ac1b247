"""Tells of this start, and of those at which no agent ran: how long each part took, and how the run before ended."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from rollcall_agent.sources import power
from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_agent.sources.windows import system
from rollcall_agent.sources.windows.log import channel, trace
from rollcall_agent.sources.windows.log.channel import Cursor, Reading
from rollcall_agent.sources.windows.log.starts import KINDS, STOPS, Start, find_starts
from rollcall_agent.sources.windows.log.stop import EMPTY_PERCENT, Ended, ended
from rollcall_wire.codes import PreviousStop, StartKind, StopCause
from rollcall_wire.reports import Boot, Failure

WANTED = {
    provider: frozenset(number for writer, number in (*KINDS, *STOPS) if writer == provider)
    for provider in dict.fromkeys(writer for writer, _ in (*KINDS, *STOPS))
}
NEWEST = 40
"""On a first look: so many records of each provider hold the last start whole."""
MEASURED_NEWEST = 20
SETTLES_SECONDS = 60.0
"""The first records of a start come into the log until then."""
GIVE_UP_SECONDS = 900.0
"""The measurement comes minutes after somebody signed in, and not always: then the start is told without."""
OTHER_START = timedelta(days=1)
"""A start that the log has further from this one's instant is another: clocks are hours off, not days."""
KIND_OF: dict[int, StartKind] = {0: "full", 1: "fast", 2: "resume"}
MEASURED_IS_FORBIDDEN = "boot: reading how long starts took needs an administrator's rights or LocalSystem"
IS_UNTRACED = "boot: Windows does not measure its starts here (a service for it, or ReadyBoot, is switched off)"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartReading:
    """The records of starts, what Windows measured of them, whether it measures at all, and its version."""

    log: Reading
    measured: Reading
    is_traced: bool | None
    os_version: str | None


def read(host: Host) -> StartReading:
    """The records from the last told start on; on a first look the newest."""
    cursor = Cursor.of(host.recall("boot"))
    wanted = {trace.PROVIDER: frozenset({trace.MEASURED})}
    return StartReading(
        log=channel.read("System", WANTED, cursor, is_from_cursor=True, newest=NEWEST),
        measured=channel.read(trace.CHANNEL, wanted, newest=MEASURED_NEWEST),
        is_traced=system.is_traced(),
        os_version=system.version(),
    )


def tell(reading: StartReading, past: Past) -> Told:
    """This start as one report, told once; nothing yet while its measurement may come."""
    mark, missing = past.recall("boot"), _missing(reading)
    known = Cursor.of(mark)
    is_told = marked(mark).get("told") == past.boot_id
    starts = [start for start in find_starts(reading.log.events) if start.is_full]
    again = starts.pop(0) if starts and known is not None and _cursor(starts[0]) == known else None
    this = again if is_told else starts.pop() if starts and _may_be_this(starts[-1], past) else None
    if is_told and not past.is_asked_anew:
        return Told(missing=missing, has_found=True)
    if not is_told and _goes_on(this, reading, past):
        return Told(missing=missing, has_found=True, is_later=True)
    how = _remembered(mark) if this is None and is_told else _ended(this, past)
    earlier = () if is_told or known is None else tuple(starts)
    cursor = _cursor(this) if this is not None else known or reading.log.end
    told = {"told": past.boot_id, "verdict": [how.previous, how.cause, how.code]}
    return Told(
        boot=_boot(this, how, reading, past),
        more_boots=tuple(_earlier(start, reading, past) for start in earlier),
        failures=() if is_told else (*_crashes(earlier, past), *_crash(how, past)),
        mark=marking(**told) if cursor is None else cursor.mark(**told),
        missing=missing,
        has_found=True,
    )


def _may_be_this(start: Start, past: Past) -> bool:
    """Whether it can be the start that runs now, where the log was cleared or broken since."""
    at = start.first.at
    booted_at = past.moment.now - timedelta(seconds=past.moment.since_boot_seconds)
    return at is not None and abs(at - booted_at) < OTHER_START


def _goes_on(this: Start | None, reading: StartReading, past: Past) -> bool:
    since = past.moment.since_boot_seconds
    if since < SETTLES_SECONDS:
        return True
    is_measured = this is not None and trace.parts_of(this, reading.measured.events).to_login_seconds is not None
    can_come = reading.is_traced is True and reading.measured.state == "read"
    return can_come and not is_measured and since < GIVE_UP_SECONDS


def _ended(start: Start | None, past: Past) -> Ended:
    if start is None:
        return Ended(previous="unknown")
    level, is_charging = power.last_before(past.recall("battery"), boot_id=past.boot_id)
    was_empty = level is not None and level <= EMPTY_PERCENT and is_charging is False
    return ended(start, was_battery_empty=was_empty)


def _remembered(mark: str | None) -> Ended:
    match marked(mark).get("verdict"):
        case [str(previous), str(cause), code]:
            return Ended(
                previous=cast("PreviousStop", previous),
                cause=cast("StopCause", cause),
                code=code if isinstance(code, int) else None,
            )
        case _:
            return Ended(previous="unknown")


def _boot(start: Start | None, how: Ended, reading: StartReading, past: Past) -> Boot:
    parts = trace.Parts() if start is None else trace.parts_of(start, reading.measured.events)
    return Boot(
        boot_id=past.boot_id,
        booted_at=past.moment.now - timedelta(seconds=past.moment.since_boot_seconds),
        source="uptime" if start is None else "event_log",
        start_kind=_kind(start),
        firmware_seconds=parts.firmware_seconds,
        loader_seconds=parts.loader_seconds,
        kernel_seconds=parts.kernel_seconds,
        userspace_seconds=parts.userspace_seconds,
        to_login_seconds=parts.to_login_seconds,
        os_version=reading.os_version,
        previous_stop=how.previous,
        stop_cause=how.cause,
        stop_code=how.code_text,
    )


def _earlier(start: Start, reading: StartReading, past: Past) -> Boot:
    """A start at which no agent ran. The log's clock may be off; it was no later than now."""
    boot = _boot(start, ended(start), reading, past)
    at = start.first.at or past.moment.now
    name = hashlib.sha256(f"{past.boot_id}:{start.first.record}:{at.isoformat()}".encode()).hexdigest()[:32]
    return replace(boot, boot_id=name, booted_at=min(at, past.moment.now), os_version=None)


def _crash(how: Ended, past: Past) -> Iterator[Failure]:
    """The stop error before this start, told as of the start: whoever else tells of it says the same instant."""
    if how.code is not None:
        found = past.failure("crash", "stop_error", evidence={"stop_code": how.code})
        yield replace(found, occurred_at=past.moment.now - timedelta(seconds=past.moment.since_boot_seconds))


def _crashes(starts: tuple[Start, ...], past: Past) -> Iterator[Failure]:
    for start in starts:
        for failure in _crash(ended(start), past):
            at = start.first.at or past.moment.now
            yield replace(failure, occurred_at=min(at, past.moment.now), boot_id=None)


def _kind(start: Start | None) -> StartKind:
    if start is None:
        return "unknown"
    kind = start.records.get("type")
    if kind is None:
        return "full" if "start" in start.records else "unknown"
    return KIND_OF.get(kind.numbers.get("BootType", -1), "unknown")


def _cursor(start: Start) -> Cursor:
    first = min(start.records.values(), key=lambda event: event.record)
    return Cursor(record=first.record, at="" if first.at is None else first.at.isoformat())


def _missing(reading: StartReading) -> tuple[str, ...]:
    if reading.measured.state == "forbidden":
        return (MEASURED_IS_FORBIDDEN,)
    return (IS_UNTRACED,) if reading.is_traced is False else ()


SOURCE = Source(
    name="boot", rhythm="boot", needs="an administrator's rights or LocalSystem for durations", read=read, tell=tell
)
