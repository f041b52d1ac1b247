"""Reads what the system knows of its start: the service manager's stamps, the firmware's table, the login service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from rollcall_agent.sources.linux.files import folders, number, text
from rollcall_agent.sources.linux.phases import LOADER_SECONDS_MAX, STAMPS
from rollcall_agent.sources.source import Host

NANO = 1e9
DISPLAY_MANAGERS = frozenset(
    {"gdm", "gdm3", "lightdm", "sddm", "lxdm", "xdm", "slim", "greetd", "ly", "ly-dm", "nodm"}
)
GETTYS = frozenset({"agetty", "getty", "mingetty", "fgetty"})
LOGIN_SECONDS_MAX = 3600.0
"""A login service that started later than this was started again: it says nothing about the start."""
START_FIELD = 19
"""Field 22 of /proc/<pid>/stat, counted behind the closing parenthesis of the name: ticks from kernel start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Startup:
    """What could be read. `login_seconds` counts from the kernel's start and is read only where systemd is not."""

    has_systemd: bool
    stamped: Mapping[str, str]
    target: Mapping[str, str]
    firmware: tuple[float, float] | None
    login_seconds: float | None


def read(host: Host) -> Startup:
    """One look at the start: two short questions to systemd where it runs, else one walk through /proc."""
    has_systemd = host.path("run/systemd/system").is_dir()
    stamped = host.run(("systemctl", "show", "-p", ",".join(STAMPS))) if has_systemd else None
    target = (
        host.run(("systemctl", "show", "default.target", "-p", "ActiveEnterTimestampMonotonic"))
        if has_systemd
        else None
    )
    return Startup(
        has_systemd=stamped is not None and not stamped.is_late,
        stamped=properties(stamped.output if stamped else ""),
        target=properties(target.output if target else ""),
        firmware=_firmware(host),
        login_seconds=None if has_systemd else _login_seconds(host),
    )


def properties(output: str) -> dict[str, str]:
    """`Name=value` lines by name."""
    return {name: value for name, _, value in (line.partition("=") for line in output.splitlines()) if name}


def _firmware(host: Host) -> tuple[float, float] | None:
    """The firmware's performance table (FPDT): seconds from power-on, and from the loader's start, to the kernel.

    systemd's sanity rules: no end (not UEFI), an end before the start, or more than an hour is no measurement.
    """
    table = host.path("sys/firmware/acpi/fpdt/boot")
    began, ended = number(table / "bootloader_launch_ns"), number(table / "exitbootservice_end_ns")
    if not began or not ended or ended < began or ended / NANO > LOADER_SECONDS_MAX:
        return None
    return round(ended / NANO, 3), round((ended - began) / NANO, 3)


def _login_seconds(host: Host) -> float | None:
    """When the display manager started, else the first getty. Names are compared here and go nowhere."""
    found: dict[str, float] = {}
    for stat in folders(host.path("proc"), "[0-9]*/stat"):
        name, _, rest = (text(stat) or "").partition("(")[2].rpartition(")")
        fields = rest.split()
        kind = "display" if name in DISPLAY_MANAGERS else "getty" if name in GETTYS else None
        if kind and len(fields) > START_FIELD and fields[START_FIELD].isdecimal():
            seconds = int(fields[START_FIELD]) / os.sysconf("SC_CLK_TCK")
            found[kind] = min(seconds, found.get(kind, seconds))
    first = found.get("display", found.get("getty"))
    return first if first is not None and first <= LOGIN_SECONDS_MAX else None
