"""Tells of this start: when the login window came, counted from the kernel's start, and how the run before ended."""

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from rollcall_agent.sources import power
from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.macos import panics, stop
from rollcall_agent.sources.macos.inventory import os_version
from rollcall_agent.sources.source import Host, Past, Source, Told
from rollcall_wire.codes import PreviousStop, StopCause
from rollcall_wire.reports import Boot

LOGIN = "loginwindow"
SECONDS_MAX = 3600.0
"""A login window that came later was started again: it says nothing of the start."""
GIVE_UP_SECONDS = 300.0
USAGE = struct.Struct("<16s10Q")
"""rusage_info_v0: an id, eight counters, and when the process began and ended in the processor's own ticks."""
BEGAN = 9
NANO = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginReading:
    """When the login window came, the witnesses of the stop before, and the system's version."""

    login_seconds: float | None
    panics: panics.Panics
    was_shut_down: bool | None
    cause: int | None
    os_version: str | None


def read(host: Host) -> LoginReading:
    """Look for the login window and ask the witnesses; the one that costs seconds only until the start is told."""
    is_told = marked(host.recall("boot")).get("told") is not None
    return LoginReading(
        login_seconds=_login_seconds(host),
        panics=panics.read(host),
        was_shut_down=stop.read_shut_down(host),
        cause=None if is_told and not _is_new(host) else stop.read_cause(host),
        os_version=os_version(host),
    )


def tell(reading: LoginReading, past: Past) -> Told:
    """The start as one report, told once. Its duration is a proxy, and its source says so: no firmware, no loader."""
    mark = marked(past.recall("boot"))
    is_told = mark.get("told") == past.boot_id
    if is_told and not past.is_asked_anew:
        return Told(has_found=True)
    if not is_told and reading.login_seconds is None and past.moment.since_boot_seconds < GIVE_UP_SECONDS:
        return Told(has_found=True, is_later=True)
    match mark.get("login"):
        case (int() | float()) as seconds if is_told:  # it is started again at each sign-out: only the first counts
            login: float | None = float(seconds)
        case _:
            login = None if is_told else reading.login_seconds
    verdict = mark.get("verdict")
    previous, cause = (
        cast("tuple[PreviousStop, StopCause]", tuple(verdict))
        if is_told and isinstance(verdict, list)
        else stop.ended(_witnesses(reading, past))
    )
    boot = Boot(
        boot_id=past.boot_id,
        booted_at=past.moment.now - timedelta(seconds=past.moment.since_boot_seconds),
        source="uptime" if login is None else "loginwindow",
        start_kind="full",
        to_login_seconds=login,
        os_version=reading.os_version,
        previous_stop=previous,
        stop_cause=cause,
    )
    overheated = reading.cause == stop.OVERHEATED and not is_told
    return Told(
        boot=boot,
        failures=(past.failure("thermal", "overheated"),) if overheated else (),
        mark=marking(told=past.boot_id, login=login, verdict=[previous, cause]),
        has_found=True,
    )


def seconds_of(usage: bytes, numerator: int, denominator: int) -> float | None:
    """When a process began, in seconds since the kernel did: its ticks, by the processor's own time base."""
    if len(usage) < USAGE.size or not denominator:
        return None
    began = USAGE.unpack_from(usage)[BEGAN] * numerator / denominator / NANO
    return round(began, 3) if 0 < began <= SECONDS_MAX else None


def _witnesses(reading: LoginReading, past: Past) -> stop.Accounts:
    level, is_charging = power.last_before(past.recall("battery"), boot_id=past.boot_id)
    return stop.Accounts(
        has_panicked=panics.has_panicked(reading.panics, past.recall("panics"), boot_id=past.boot_id),
        was_shut_down=reading.was_shut_down,
        cause=reading.cause,
        was_battery_empty=level is not None and level <= stop.EMPTY_PERCENT and is_charging is False,
    )


def _is_new(host: Host) -> bool:
    from rollcall_agent.sources.macos.hardware import boot_id  # noqa: PLC0415

    return marked(host.recall("boot")).get("told") != boot_id(host)


def _login_seconds(host: Host) -> float | None:
    """When the login window began. The name is compared here and goes nowhere."""
    ran = host.run(("pgrep", "-x", "-o", LOGIN))
    told = (ran.output if ran else "").split()
    if not told or not told[0].isdecimal():
        return None
    try:
        library: Callable[[str], Any] = ctypes.CDLL
        system = library("/usr/lib/libSystem.B.dylib")
    except OSError:
        return None
    usage, timebase = ctypes.create_string_buffer(USAGE.size), (ctypes.c_uint32 * 2)()
    if system.proc_pid_rusage(int(told[0]), 0, usage) or system.mach_timebase_info(timebase):
        return None
    return seconds_of(usage.raw, timebase[0], timebase[1])


SOURCE = Source(name="boot", rhythm="boot", needs="root for panics", read=read, tell=tell)
