"""Turns Google's boot reports into starts: each once, and an unclean end only where more than one sign says so.

bootUpDuration runs from power-on to the login screen, in whole seconds. Chrome may report one start several times, a
second or two apart, since it reports at its own start and a sign-out restarts it. Before a start without a
`shutdownTime` nothing noted a shut-down: power loss, a reset or a crash, but a log that was rotated away as well.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from rollcall_agent.bridges.google.memory import KEPT, ChromebookMemory, from_seconds, whole_seconds
from rollcall_agent.bridges.google.values import AHEAD, Reply, instant, parts, reported, seconds
from rollcall_wire import Boot
from rollcall_wire.codes import PreviousStop, StopCause

SAME_SECONDS = 120
"""Reports whose `bootUpTime` is so close are of one start."""
WEAK_WITHIN = timedelta(days=30)
"""Two missing shut-downs within so long support each other."""
CRASH_WITHIN = timedelta(hours=1)
"""A crash is reported after the start that follows it; one so near a start is why no shut-down was noted."""
_CAUSES: dict[str, StopCause] = {
    "USER_REQUEST": "user",
    "SYSTEM_UPDATE": "update",
    "LOW_BATTERY": "battery_empty",
}
_DURATION_MAX = 3_600
"""ChromeOS itself takes more than an hour for an error."""


def new_boots(
    reply: Reply, device_id: str, memory: ChromebookMemory, now: datetime
) -> tuple[tuple[Boot, ...], datetime, ChromebookMemory]:
    """Starts not told yet, oldest first; when Google heard of the last; and the memory with them in it."""
    told: list[Boot] = []
    heard_at = now
    for reported_at, report in reported(parts(reply, "bootPerformanceReport"), now):
        booted_at = instant(report.get("bootUpTime"))
        if booted_at is None or booted_at > reported_at + AHEAD or _is_told(booted_at, memory):
            continue
        told.append(_boot(report, device_id, booted_at, memory))
        memory = _remember(memory, booted_at, is_weak=_shutdown_at(report, booted_at) is None)
        heard_at = min(reported_at, now)
    return tuple(told), heard_at, memory


def _boot(report: Reply, device_id: str, booted_at: datetime, memory: ChromebookMemory) -> Boot:
    stop, cause = _end_before(report, booted_at, memory)
    took = seconds(report.get("bootUpDuration"))
    name = f"{device_id}/{whole_seconds(booted_at)}"
    return Boot(
        boot_id=hashlib.sha256(name.encode()).hexdigest()[:16],
        booted_at=booted_at,
        source="google_telemetry",
        start_kind="full",
        to_login_seconds=took if took and took <= _DURATION_MAX else None,
        os_version=memory.version_at(whole_seconds(booted_at)),
        previous_stop=stop,
        stop_cause=cause,
    )


def _end_before(report: Reply, booted_at: datetime, memory: ChromebookMemory) -> tuple[PreviousStop, StopCause]:
    """How the run before ended. The reason alone says nothing: what Google makes of an unknown one is not known."""
    if _shutdown_at(report, booted_at) is not None:
        return "clean", _CAUSES.get(str(report.get("shutdownReason")), "unknown")
    if _is_near(memory.crashed_at, booted_at, CRASH_WITHIN):
        return "unclean", "crash"
    if _is_near(memory.weak_at, booted_at, WEAK_WITHIN):
        return "unclean", "unknown"
    return "unknown", "unknown"


def _shutdown_at(report: Reply, booted_at: datetime) -> datetime | None:
    at = instant(report.get("shutdownTime"))
    return at if at is not None and at <= booted_at + AHEAD else None


def _is_told(booted_at: datetime, memory: ChromebookMemory) -> bool:
    at = whole_seconds(booted_at)
    is_forgotten = len(memory.boots) == KEPT and at < memory.boots[0]
    return is_forgotten or any(abs(at - known) <= SAME_SECONDS for known in memory.boots)


def _is_near(known: int | None, booted_at: datetime, within: timedelta) -> bool:
    return known is not None and abs(from_seconds(known) - booted_at) <= within


def _remember(memory: ChromebookMemory, booted_at: datetime, *, is_weak: bool) -> ChromebookMemory:
    at = whole_seconds(booted_at)
    boots = tuple(sorted({*memory.boots, at}))[-KEPT:]
    return replace(memory, boots=boots, weak_at=max(at, memory.weak_at or 0) if is_weak else memory.weak_at)
