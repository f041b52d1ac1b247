"""Tells of this start once it is complete: how long each part took, and how the run before it ended."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from rollcall_agent.sources import power
from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.linux import kernel, startup, stop, storage
from rollcall_agent.sources.linux.inventory import os_version
from rollcall_agent.sources.linux.phases import Phases, from_login_service, from_systemd
from rollcall_agent.sources.run_flag import run_before
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.codes import PreviousStop, StopCause
from rollcall_wire.reports import Boot

LOGIN_SERVICE_WITHIN_SECONDS = 90.0
"""Without systemd: a login service that has not come by then will not come (a server, a virtual machine)."""
GIVE_UP_SECONDS = 1800.0
"""A start that is not complete by then is told with what is known: a stuck job must not hide it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BootReading:
    """The stamps of this start, and the witnesses of the stop before it."""

    startup: startup.Startup
    kernel: kernel.Kernel
    has_journal_shutdown: bool | None
    is_stop_noted: bool
    unsafe_stops: Mapping[str, int]
    os_version: str | None
    missing: tuple[str, ...]


def read(host: Host) -> BootReading:
    """Read the start; and, once it is complete, hear the witnesses of the stop before it."""
    started = startup.read(host)
    is_complete = phases_of(started).is_complete
    raw = run_before(host.recall("run")).get("raw") if is_complete else None
    disks = storage.read(host).disks if is_complete else {}
    return BootReading(
        startup=started,
        kernel=kernel.read(host),
        has_journal_shutdown=stop.has_journal_shutdown(host, str(raw)) if raw else None,
        is_stop_noted=bool(raw) and stop.is_stop_noted(host, str(raw)),
        unsafe_stops={
            key: disk.counters["unsafe_shutdowns"]
            for key, disk in disks.items()
            if "unsafe_shutdowns" in disk.counters
        },
        os_version=os_version(host),
        missing=stop.missing(host),
    )


def tell(reading: BootReading, past: Past) -> Told:
    """The start as one report, told once; nothing yet while it goes on."""
    phases = phases_of(reading.startup)
    boot_id = _boot_id(past.boot_id, phases)
    mark = marked(past.recall("boot"))
    is_told = mark.get("told") == boot_id
    if is_told and not past.is_asked_anew:
        return Told(missing=reading.missing, has_found=True)
    if not is_told and _goes_on(phases, past.moment.since_boot_seconds):
        return Told(missing=reading.missing, has_found=True, is_later=True)
    previous, cause = _previous(reading, past, phases, boot_id)
    boot = Boot(
        boot_id=boot_id,
        booted_at=_booted_at(past, phases),
        source=phases.source,
        start_kind=phases.start_kind,
        firmware_seconds=phases.firmware_seconds,
        loader_seconds=phases.loader_seconds,
        kernel_seconds=phases.kernel_seconds,
        userspace_seconds=phases.userspace_seconds,
        to_login_seconds=phases.to_login_seconds,
        os_version=reading.os_version,
        previous_stop=previous,
        stop_cause=cause,
    )
    unsafe = {**(mark.get("unsafe_stops") or {}), **reading.unsafe_stops}
    kept = marking(told=boot_id, verdict=[previous, cause], unsafe_stops=unsafe)
    return Told(boot=boot, mark=kept, missing=reading.missing, has_found=True)


def phases_of(read_: startup.Startup) -> Phases:
    """The best that the stamps allow, named by its source; without any, the start is an instant only."""
    if read_.has_systemd:
        return from_systemd(read_.stamped, read_.target, read_.firmware)
    if read_.login_seconds is not None:
        return from_login_service(read_.login_seconds, read_.firmware)
    return Phases(source="uptime")


def _goes_on(phases: Phases, since_boot_seconds: float) -> bool:
    if phases.source == "uptime":
        return since_boot_seconds < LOGIN_SERVICE_WITHIN_SECONDS
    return not phases.is_complete and since_boot_seconds < GIVE_UP_SECONDS


def _previous(reading: BootReading, past: Past, phases: Phases, boot_id: str) -> tuple[PreviousStop, StopCause]:
    mark = marked(past.recall("boot"))
    verdict = mark.get("verdict")
    if mark.get("told") == boot_id and isinstance(verdict, list):
        return cast("tuple[PreviousStop, StopCause]", tuple(verdict))
    if phases.start_kind == "soft":
        return "clean", "unknown"
    return stop.ended(witnesses(reading, past))


def witnesses(reading: BootReading, past: Past) -> stop.Witnesses:
    """Everybody who knows how the run before ended."""
    before = run_before(past.recall("run"))
    counted = marked(past.recall("boot")).get("unsafe_stops") or {}
    added = [value - counted[key] for key, value in reading.unsafe_stops.items() if key in counted]
    level, is_charging = power.last_before(past.recall("battery"), boot_id=past.boot_id)
    return stop.Witnesses(
        flag="stopping" if reading.is_stop_noted else before.get("flag", "none"),
        is_supervised=bool(before.get("is_supervised")),
        has_journal_shutdown=reading.has_journal_shutdown,
        unsafe_stops_added=max(added) if added else None,
        has_panicked=kernel.has_panicked(reading.kernel, past.recall("kernel"), boot_id=past.boot_id),
        was_battery_empty=level is not None and level <= stop.EMPTY_PERCENT and is_charging is False,
    )


def _boot_id(boot_id: str, phases: Phases) -> str:
    # The kernel's id outlives a soft restart, so when it began tells the two starts apart.
    if phases.soft_started_seconds is None:
        return boot_id
    return hashlib.sha256(f"{boot_id}:{phases.soft_started_seconds}".encode()).hexdigest()[:32]


def _booted_at(past: Past, phases: Phases) -> datetime:
    since = past.moment.since_boot_seconds
    if phases.soft_started_seconds is not None:
        since = max(0.0, past.moment.awake_seconds - phases.soft_started_seconds)
    return past.moment.now - timedelta(seconds=since)


SOURCE = Source(
    name="boot", rhythm="boot", needs="systemd for durations; the journal and smartctl for stops", read=read, tell=tell
)
