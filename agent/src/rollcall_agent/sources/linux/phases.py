"""Works out how long a start took, part by part, from the service manager's own time stamps."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollcall_wire.codes import BootSource, StartKind

MICRO = 1e6
FIRMWARE_SECONDS_MAX = 180.0
"""Firmware that claims more did not begin at zero: many count on through warm restarts (603 s, 17 and 28 min were
seen: systemd 8422, 22060, Dasharo 761) or mix their units (16,680 s). It tells nothing then."""
LOADER_SECONDS_MAX = 3600.0
START_SECONDS_MAX = 3600.0
"""A target reached later was left and entered again (a rescue, an update): that was not the start."""
STAMPS = (
    "FirmwareTimestampMonotonic",
    "LoaderTimestampMonotonic",
    "InitRDTimestampMonotonic",
    "UserspaceTimestampMonotonic",
    "FinishTimestampMonotonic",
    "SecurityStartTimestampMonotonic",
    "SoftRebootStartTimestampMonotonic",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phases:
    """The parts of one start in seconds; None is not measured. `is_complete` is false while it still goes on.

    `to_login_seconds` counts from power-on where the firmware tells its part, else from the kernel's start:
    `firmware_seconds` is None then, and devices of one model agree in it.
    """

    source: BootSource
    start_kind: StartKind = "full"
    is_complete: bool = True
    firmware_seconds: float | None = None
    loader_seconds: float | None = None
    kernel_seconds: float | None = None
    userspace_seconds: float | None = None
    to_login_seconds: float | None = None
    soft_started_seconds: float | None = None
    """For a soft restart: when it began, in awake seconds since the kernel's start."""


def from_systemd(
    stamped: Mapping[str, str], target: Mapping[str, str], firmware: tuple[float, float] | None
) -> Phases:
    """The phases by systemd-analyze's formulas, but up to the default target rather than to Finish.

    A timer's oneshot job inflates Finish (systemd #7383), and a target that is left and entered again is stamped
    anew while Finish never is: the earlier of the two ended the start.
    `firmware` is what the firmware's own table says: power-on and loader start, in seconds before kernel zero.
    """
    stamps = {name: _seconds(stamped.get(name)) for name in STAMPS}
    userspace, soft = stamps["UserspaceTimestampMonotonic"], stamps["SoftRebootStartTimestampMonotonic"]
    ends = (_seconds(target.get("ActiveEnterTimestampMonotonic")), stamps["FinishTimestampMonotonic"])
    reached = min((one for one in ends if one is not None and one > (soft or 0.0)), default=None)
    if soft is not None:
        return _soft(soft, reached)
    if stamps["SecurityStartTimestampMonotonic"] is None:
        # A container: its kernel is another's, only its own services are its own.
        return Phases(
            source="systemd",
            start_kind="unknown",
            is_complete=reached is not None,
            userspace_seconds=_between(userspace, reached),
        )
    on, loader = _before_kernel(stamps, firmware)
    took = reached if reached is not None and reached <= START_SECONDS_MAX else None
    return Phases(
        source="systemd",
        is_complete=reached is not None,
        firmware_seconds=_between(loader or 0.0, on),
        loader_seconds=loader,
        kernel_seconds=userspace,
        userspace_seconds=_between(userspace, took),
        to_login_seconds=None if took is None else _round(took + (on or 0.0)),
    )


def from_login_service(since_kernel_seconds: float, firmware: tuple[float, float] | None) -> Phases:
    """Without systemd: when the first login service started, counted from the kernel's start."""
    on, loader = _believed(*(firmware or (None, None)))
    return Phases(
        source="proc",
        firmware_seconds=_between(loader or 0.0, on),
        loader_seconds=loader,
        to_login_seconds=_round(since_kernel_seconds + (on or 0.0)),
    )


def _soft(began: float, reached: float | None) -> Phases:
    took = _between(began, reached)
    took = None if took is None or took > START_SECONDS_MAX else took
    return Phases(
        source="systemd",
        start_kind="soft",
        is_complete=reached is not None,
        userspace_seconds=took,
        to_login_seconds=took,
        soft_started_seconds=began,
    )


def _before_kernel(
    stamps: Mapping[str, float | None], firmware: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    on, loader = stamps["FirmwareTimestampMonotonic"], stamps["LoaderTimestampMonotonic"]
    if on is None and loader is None and firmware is not None:
        on, loader = firmware
    return _believed(on, loader)


def _believed(on: float | None, loader: float | None) -> tuple[float | None, float | None]:
    """Both as far as they can be: the loader waits for a person at its menu, the firmware for nobody."""
    if loader is not None and loader > LOADER_SECONDS_MAX:
        return None, None
    firmware = None if on is None else on - (loader or 0.0)
    return (on if firmware is not None and 0 <= firmware <= FIRMWARE_SECONDS_MAX else None), loader


def _seconds(text: str | None) -> float | None:
    """Microseconds as seconds; 0 is systemd's word for unknown."""
    if text is None or not text.isdecimal() or text == "0":
        return None
    return _round(int(text) / MICRO)


def _between(earlier: float | None, later: float | None) -> float | None:
    if earlier is None or later is None or later < earlier:
        return None
    return _round(later - earlier)


def _round(seconds: float) -> float:
    return round(seconds, 3)
