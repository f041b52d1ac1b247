"""Turns a device's facts into the numbers that its charts draw: seconds since 1970 and plain lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from rollcall_collector.judge.findings.worn_battery import LEAST_PERCENT
from rollcall_collector.model.fact import Boot, DeviceDay, Failure
from rollcall_collector.store.kept.start_bands import Band
from rollcall_dashboards.pages.device.battery_chart import read_battery
from rollcall_dashboards.shared.wording import zone_of

PHASES = ("firmware_seconds", "loader_seconds", "kernel_seconds", "userspace_seconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fade:
    """The battery's full charge as a share of its design, one reading a day, oldest first."""

    days: tuple[date, ...]
    percent: tuple[float, ...]

    @property
    def last(self) -> float | None:
        """The newest reading."""
        return self.percent[-1] if self.percent else None


def device_chart(
    *,
    boots: Sequence[Boot],
    failures: Sequence[Failure],
    days: Sequence[DeviceDay],
    bands: Sequence[Band],
    zone: str,
) -> dict[str, Any]:
    """Everything the device page draws. None stays None: a start without a duration is no start of zero seconds."""
    oldest_first = sorted(boots, key=lambda boot: boot.booted_at)
    fade = battery_fade(days)
    return {
        "zone": zone,
        "starts": {
            "at": [_seconds(boot.booted_at) for boot in oldest_first],
            "to_login": [boot.to_login_seconds for boot in oldest_first],
            "phases": [[getattr(boot, phase) for boot in oldest_first] for phase in PHASES],
        },
        "band": {
            "at": [_day_seconds(band.week_on, zone) for band in bands],
            "low": [band.low_seconds for band in bands],
            "high": [band.high_seconds for band in bands],
        },
        "stops": [[_seconds(boot.booted_at), _stop_words(boot)] for boot in oldest_first if _is_bad_stop(boot)],
        "failures": [
            [_seconds(one.occurred_at), f"{one.channel}: {one.code.replace('_', ' ')}"]
            for one in sorted(failures, key=lambda one: one.occurred_at)
        ],
        "updates": _updates(oldest_first),
        "battery": {
            "at": [_day_seconds(on, zone) for on in fade.days],
            "percent": list(fade.percent),
            "rule": LEAST_PERCENT,
        },
    }


def battery_fade(days: Sequence[DeviceDay]) -> Fade:
    """The days on which both the full charge and the design were read."""
    read = read_battery(days)
    return Fade(days=tuple(one.on for one in read), percent=tuple(one.percent for one in read))


def _updates(boots: Sequence[Boot]) -> list[list[Any]]:
    known = [boot for boot in boots if boot.os_version]
    return [
        [_seconds(new.booted_at), new.os_version] for old, new in pairwise(known) if old.os_version != new.os_version
    ]


def _is_bad_stop(boot: Boot) -> bool:
    return boot.previous_stop == "unclean"


def _stop_words(boot: Boot) -> str:
    cause = "" if boot.stop_cause == "unknown" else f": {boot.stop_cause.replace('_', ' ')}"
    return f"unclean stop{cause}"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _day_seconds(on: date, zone: str) -> int:
    return _seconds(datetime.combine(on, time(12), zone_of(zone)).astimezone(UTC))
