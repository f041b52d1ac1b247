"""A make-believe school year as the collector's store would give it to the judge, without a store in between."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from rollcall_agent.simulator.life.device import Device
from rollcall_agent.simulator.life.history import Told
from rollcall_collector.model.fleet import (
    UNKNOWN,
    DeviceColumns,
    FailureColumns,
    FleetHistory,
    MonthColumns,
    StartColumns,
)
from rollcall_collector.store.history.fleet_history import REAL_USE_PERCENT, REAL_USE_SECONDS
from rollcall_wire import Boot, Failure, Vitals
from rollcall_wire.codes import CHANNELS
from tests.support.fleets.make_believe import LAST, Year

_EPOCH = date(1970, 1, 1)
_EPOCH_AT = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_MICROSECOND = timedelta(microseconds=1)
_NAN = float("nan")
BIN_DAYS, WINDOW_DAYS = 30, 730


def history_of(year: Year) -> FleetHistory:
    """The year's history as of its evening; a device's key is its number."""
    zone = ZoneInfo(year.district.plan.zone)
    until_day = (LAST - _EPOCH).days + 1
    versions: dict[str, int] = {}
    placed = list(enumerate(year.told))
    return FleetHistory(
        until_day=until_day,
        window_days=WINDOW_DAYS,
        bin_days=BIN_DAYS,
        devices=_devices([life.device for life in year.lives]),
        months=_as_months(row for place, told in placed for row in _months(place, told, zone, until_day)),
        failures=_as_failures(row for place, told in placed for row in _failures(place, told, zone)),
        starts=_as_starts((row for place, told in placed for row in _starts(place, told, zone, versions)), versions),
    )


@dataclass(kw_only=True, slots=True)
class _Day:
    """What one device's day adds up to, as in the table device_days."""

    awake_seconds: float | None = None
    level: float | None = None
    full: list[float] = field(default_factory=list)
    design: list[float] = field(default_factory=list)

    def hear(self, body: object) -> None:
        if not isinstance(body, Vitals):
            return
        if body.awake_seconds is not None:
            self.awake_seconds = (self.awake_seconds or 0.0) + body.awake_seconds
        if body.battery_level_percent is not None:
            level = body.battery_level_percent
            self.level = level if self.level is None else min(self.level, level)
        self.full += [] if body.battery_full_wh is None else [body.battery_full_wh]
        self.design += [] if body.battery_design_wh is None else [body.battery_design_wh]

    @property
    def health(self) -> float | None:
        return max(self.full) / max(self.design) if self.full and self.design else None

    @property
    def drain_watts(self) -> float | None:
        if self.awake_seconds is None or self.level is None or not self.full:
            return None
        if self.awake_seconds < REAL_USE_SECONDS or self.level > REAL_USE_PERCENT:
            return None
        return (1 - self.level / 100) * max(self.full) * 3600 / self.awake_seconds


def _devices(devices: list[Device]) -> DeviceColumns:
    return DeviceColumns(
        key=array("q", [one.number for one in devices]),
        platform=tuple(one.model.platform for one in devices),
        model=tuple(one.model.name for one in devices),
        role=tuple(one.role for one in devices),
        purchase_year=array("q", [one.purchased_on.year for one in devices]),
        enrolled_on=array("q", [UNKNOWN] * len(devices)),
        retired_on=array("q", [UNKNOWN] * len(devices)),
    )


def _months(place: int, told: Iterable[Told], zone: ZoneInfo, until_day: int) -> Iterator[tuple[float, ...]]:
    days: dict[int, _Day] = {}
    for at, body in told:
        days.setdefault(_day(at, zone), _Day()).hear(body)
    bins: dict[int, list[int]] = {}
    for on in sorted(days):
        bins.setdefault((until_day - 1 - on) // BIN_DAYS, []).append(on)
    for one in sorted(bins):
        heard = [days[on] for on in bins[one]]
        yield (
            place,
            one,
            len(heard),
            bins[one][0],
            bins[one][-1],
            _mean(day.health for day in heard),
            _mean(max(day.full, default=None) for day in heard),
            _mean(day.drain_watts for day in heard),
        )


def _failures(place: int, told: Iterable[Told], zone: ZoneInfo) -> Iterator[tuple[int, ...]]:
    for _, body in told:
        if isinstance(body, Failure):
            at = body.occurred_at
            yield place, CHANNELS.index(body.channel), _day(at, zone), _us(at), body.count


def _starts(place: int, told: Iterable[Told], zone: ZoneInfo, versions: dict[str, int]) -> Iterator[tuple[float, ...]]:
    for _, body in told:
        if isinstance(body, Boot) and body.start_kind in ("full", "fast"):
            version = UNKNOWN if body.os_version is None else versions.setdefault(body.os_version, len(versions))
            seconds = _NAN if body.to_login_seconds is None else body.to_login_seconds
            at = body.booted_at
            yield place, _day(at, zone), _us(at), seconds, version, body.start_kind == "fast"


def _as_months(rows: Iterable[tuple[float, ...]]) -> MonthColumns:
    device, which, active, first, last, health, full, drain = _columns(rows, 8)
    return MonthColumns(
        device=_whole(device),
        bin=_whole(which),
        active_days=_whole(active),
        first_on=_whole(first),
        last_on=_whole(last),
        health=array("d", health),
        full_wh=array("d", full),
        drain_watts=array("d", drain),
    )


def _as_failures(rows: Iterable[tuple[int, ...]]) -> FailureColumns:
    device, channel, on, at_us, count = _columns(rows, 5)
    return FailureColumns(
        device=_whole(device), channel=_whole(channel), on=_whole(on), at_us=_whole(at_us), count=_whole(count)
    )


def _as_starts(rows: Iterable[tuple[float, ...]], versions: dict[str, int]) -> StartColumns:
    device, on, _, seconds, version, is_fast = _columns(sorted(rows, key=lambda row: row[:3]), 6)
    return StartColumns(
        device=array("i", map(int, device)),
        on=array("h", map(int, on)),
        seconds=array("f", seconds),
        version=array("h", map(int, version)),
        is_fast=array("b", map(int, is_fast)),
        versions=tuple(versions),
    )


def _columns(rows: Iterable[tuple[float, ...]], count: int) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def _whole(column: list[float]) -> "array[int]":
    return array("q", [int(one) for one in column])


def _mean(values: Iterable[float | None]) -> float:
    known = [one for one in values if one is not None]
    return fmean(known) if known else _NAN


def _day(at: datetime, zone: ZoneInfo) -> int:
    return (at.astimezone(zone).date() - _EPOCH).days


def _us(at: datetime) -> int:
    return (at - _EPOCH_AT) // _MICROSECOND
