"""Reads Windows' own measurement of a start, and takes it only where it is surely of that start and of no other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rollcall_agent.sources.windows.log.event import Event
from rollcall_agent.sources.windows.log.starts import Start

CHANNEL = "Microsoft-Windows-Diagnostics-Performance/Operational"
PROVIDER = "Microsoft-Windows-Diagnostics-Performance"
MEASURED = 100
NEAR = timedelta(seconds=1)
"""A measurement names its start's instant within 31 ms of the kernel's (12 starts in a published experiment)."""
SECONDS_MAX = 3600.0
"""More is no measurement: firmware was seen to claim 16,680 s. The rule is systemd's."""
MILLI = 1000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """How long each part of a start took, in seconds; None is not measured."""

    firmware_seconds: float | None = None
    loader_seconds: float | None = None
    kernel_seconds: float | None = None
    userspace_seconds: float | None = None
    to_login_seconds: float | None = None
    """From power-on to the login screen; from the kernel's start, where the firmware does not tell its part."""


def parts_of(start: Start, measured: Iterable[Event]) -> Parts:
    """The parts of this start, as far as they are told of it alone.

    Up to WinLogonStartTimeMS it is the machine's part (4.3 to 4.6 s over three starts of one PC whose BootTime went
    from 28 to 40 s): what follows is the pupil's sign-in, profile and programs.
    """
    firmware, loader = _firmware(start)
    found = _measurement(start, measured)
    login = None if found is None else _seconds(found, "WinLogonStartTimeMS")
    if found is None or not login:
        return Parts(firmware_seconds=firmware, loader_seconds=loader)
    session = _seconds(found, "SessionInitStartTimeMS")
    kernel = session if session and session <= login else None
    return Parts(
        firmware_seconds=firmware,
        loader_seconds=loader,
        kernel_seconds=kernel,
        userspace_seconds=None if kernel is None else round(login - kernel, 3),
        to_login_seconds=round((firmware or 0.0) + (loader or 0.0) + login, 3),
    )


def _measurement(start: Start, measured: Iterable[Event]) -> Event | None:
    """The one measurement of this start; None where there are two, or it says nothing of an ordinary start.

    A check of the disk before the start and the first start of a new installation take minutes of their own.
    """
    good = start.records.get("good")
    if good is not None and good.numbers.get("LastBootId") == 0:
        return None
    kernel = start.records.get("type") or start.records.get("start")
    stamps = {at for at in (kernel.at, *kernel.instants.values()) if at} if kernel else set()
    near = [one for one in measured if (at := one.instants.get("BootStartTime")) and _is_near(at, stamps)]
    if len({one.record for one in near}) != 1:
        return None
    found = near[0]
    return None if found.numbers.get("BootIsRebootAfterInstall") or found.numbers.get("BootAutoChkTime") else found


def _is_near(at: datetime, stamps: Iterable[datetime]) -> bool:
    return any(abs(at - one) <= NEAR for one in stamps)


def _firmware(start: Start) -> tuple[float | None, float | None]:
    """The firmware's part and the loader's: the firmware's own table (FPDT), as the kernel noted it at this start."""
    told = start.records.get("firmware")
    if told is None:
        return None, None
    loaded, ended = _seconds(told, "LoadOSImageStart"), _seconds(told, "ExitBootServicesExit")
    if not loaded or not ended or ended < loaded:
        return None, None
    return loaded, round(ended - loaded, 3)


def _seconds(event: Event, name: str) -> float | None:
    value = event.numbers.get(name)
    return None if value is None or value > SECONDS_MAX * MILLI else round(value / MILLI, 3)
