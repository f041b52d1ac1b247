"""What a device reported, as it is kept: starts, failures, active days. Facts are never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

from rollcall_collector.model.day_field import RollUp, day_fields_of

CellKind = Literal["fine", "slow", "failed", "silent", "no_school", "not_yet_here"]


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


_COUNT = RollUp(way="sum", is_small=True)


def _highest(vitals: str) -> RollUp:
    return RollUp(way="highest", vitals=vitals, is_reading=True)


def _lowest(vitals: str) -> RollUp:
    return RollUp(way="lowest", vitals=vitals, is_reading=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceDay:
    """One active day of a device: counts of the day, and its last readings. A day without a row was not active.

    This is the one list of a day's fields: its table, how ingest adds it up, and what is forgotten are made from it.
    """

    on: date
    reports: Annotated[int, _COUNT]
    boots: Annotated[int, _COUNT]
    unclean_stops: Annotated[int, _COUNT]
    failures: Annotated[int, RollUp(way="sum")]  # the sum of their counts
    to_login_seconds_max: Annotated[float | None, RollUp(way="highest")] = None
    awake_seconds: Annotated[float | None, RollUp(way="sum", vitals="awake_seconds")] = None
    battery_level_percent_min: Annotated[float | None, _lowest("battery_level_percent")] = None
    battery_full_wh: Annotated[float | None, _highest("battery_full_wh")] = None
    battery_design_wh: Annotated[float | None, _highest("battery_design_wh")] = None
    battery_cycles: Annotated[int | None, _highest("battery_cycles")] = None
    storage_free_bytes: Annotated[int | None, _lowest("storage_free_bytes")] = None
    storage_wear_percent: Annotated[float | None, _highest("storage_wear_percent")] = None
    media_errors: Annotated[int | None, _highest("media_errors")] = None
    reallocated_sectors: Annotated[int | None, _highest("reallocated_sectors")] = None
    pending_sectors: Annotated[int | None, _highest("pending_sectors")] = None
    unsafe_stops: Annotated[int | None, _highest("unsafe_stops")] = None
    temperature_max_celsius: Annotated[float | None, _highest("temperature_max_celsius")] = None


DAY_FIELDS = day_fields_of(DeviceDay)


class DayCell(NamedTuple):
    """One day of the bar beside a device. Nothing was heard where it is `silent` or `no_school`.

    `no_school` is a weekend or a holiday; on a day `not_yet_here` nobody knew the device.
    """

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
