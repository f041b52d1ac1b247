"""What a device reported, as it is kept: starts, failures, active days. Facts are never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CellKind = Literal["fine", "slow", "failed", "silent", "no_school"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """One completed start, and how the run before it ended. `is_day_only`: the instant is only a day."""

    boot_id: str
    booted_at: datetime
    booted_on: date
    is_day_only: bool
    source: str
    start_kind: str
    firmware_seconds: float | None
    loader_seconds: float | None
    kernel_seconds: float | None
    userspace_seconds: float | None
    to_login_seconds: float | None
    os_version: str | None
    previous_stop: str
    stop_cause: str
    stop_code: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One recorded failure, or `count` like ones; its evidence is numbers only."""

    channel: str
    code: str
    occurred_at: datetime
    occurred_on: date
    is_day_only: bool
    count: int
    boot_id: str | None
    evidence: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceDay:
    """One active day of a device: counts of the day, and its last readings. A day without a row was not active."""

    on: date
    reports: int
    boots: int
    unclean_stops: int
    failures: int
    to_login_seconds_max: float | None = None
    awake_seconds: float | None = None
    battery_level_percent_min: float | None = None
    battery_full_wh: float | None = None
    battery_design_wh: float | None = None
    battery_cycles: int | None = None
    storage_free_bytes: int | None = None
    storage_wear_percent: float | None = None
    media_errors: int | None = None
    reallocated_sectors: int | None = None
    pending_sectors: int | None = None
    unsafe_stops: int | None = None
    temperature_max_celsius: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCell:
    """One day of the bar beside a device. `no_school` is a weekend or a holiday on which nothing was heard."""

    on: date
    kind: CellKind
    boots: int = 0
    failures: int = 0
    to_login_seconds_max: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """What a judging looks at for one device, oldest first.

    `settled` names findings that people called done, with the day: evidence up to that day is spent.
    `active_days` counts the whole window of exposure, of which `days` may be the newest part.
    """

    active_days: int
    last_active_on: date | None
    failures: tuple[Failure, ...] = ()
    days: tuple[DeviceDay, ...] = ()
    settled: Mapping[str, date] | None = None
