"""Makes the fleet's history of kept columns: what `store.history.fleet_history` reads from all facts."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judging.history.months import VERSIONS_MAX, Month, recode
from rollcall_collector.judging.history.packing import Columns
from rollcall_collector.judging.history.refresh import refresh_bands
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory, MonthColumns, StartColumns
from rollcall_collector.model.reading import Reading
from rollcall_collector.store.history.fleet_history import (
    CHAIN_DAYS,
    REAL_USE_PERCENT,
    REAL_USE_SECONDS,
    read_devices,
    read_failures,
)
from rollcall_collector.store.history.kept_columns import BAND, MONTH_DAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptHistory:
    """The fleet's history, and by place in it whose recent readings are odd."""

    history: FleetHistory
    is_odd: Bools


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Which days are read: `window_days` before `until_day` (excluded), by bins of `bin_days`."""

    until_day: int
    window_days: int
    bin_days: int

    @property
    def since(self) -> int:
        """The first day that is read."""
        return self.until_day - self.window_days

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return -(-self.window_days // self.bin_days)


def read_history(
    engine: Engine, span: Span, *, readings: Sequence[Reading] = (), readings_since: int = 0
) -> KeptHistory:
    """The history of every device there ever was; odd is whose `readings` of the days since then ask for a look."""
    with engine.connect() as connection:
        devices = read_devices(connection)
        place = {key: number for number, key in enumerate(devices.key)}
        failures = read_failures(connection, place, since=span.since - CHAIN_DAYS, until_day=span.until_day)
    months, starts = _Months(span), _Starts(span)
    is_odd = np.zeros(len(devices.key), dtype=np.bool_)
    for band, found in refresh_bands(engine, devices.key, since_on=span.since, until_day=span.until_day):
        places = np.array([place.get(band * BAND + number, -1) for number in range(BAND)], dtype=np.int64)
        inside = {month: one for month, one in sorted(found.items()) if span.since < (month + 1) * MONTH_DAYS}
        months.add(_days_of(inside, places, span, _SUMMED), places)
        starts.add(inside, places)
        recent = {month: one for month, one in inside.items() if readings_since < (month + 1) * MONTH_DAYS}
        odd = _find_odd(_days_of(recent, places, span, _fields(readings)), readings, since=readings_since)
        is_odd[places[odd & (places >= 0)]] = True
    history = FleetHistory(
        until_day=span.until_day,
        window_days=span.window_days,
        bin_days=span.bin_days,
        devices=devices,
        months=months.columns(),
        failures=failures,
        starts=starts.columns(),
    )
    return KeptHistory(history=history, is_odd=is_odd)


_Days = Mapping[str, npt.NDArray[Any]]


def _days_of(months: Mapping[int, Month], places: Ints, span: Span, names: Iterable[str]) -> _Days:
    """The days of known devices in the span, `device` their place in the band, `on` days since 1970-01-01."""
    parts = [_inside(month, one.days, places, span) for month, one in (months or {0: Month.empty()}).items()]
    found = {"on": np.concatenate([on for on, _, _ in parts])}
    for name in ("device", *names):
        found[name] = np.concatenate([columns[name][chosen] for _, columns, chosen in parts])
    return found


def _inside(month: int, columns: Columns, places: Ints, span: Span) -> tuple[npt.NDArray[Any], Columns, Bools | slice]:
    """The days of this month's entries that are of known devices and in the span, and which entries these are."""
    on: npt.NDArray[Any] = month * MONTH_DAYS + columns["on"].astype(np.int32)
    if span.since <= month * MONTH_DAYS and (month + 1) * MONTH_DAYS <= span.until_day and (places >= 0).all():
        return on, columns, slice(None)
    chosen = (on >= span.since) & (on < span.until_day) & (places[columns["device"]] >= 0)
    return on[chosen], columns, chosen


def _fields(readings: Iterable[Reading]) -> set[str]:
    """What of a day these readings are made from."""
    return {name for one in readings for name in (one.field, one.over) if name is not None}


class _Months:
    """Adds days up by device and bin."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._whole = [array(code) for code in _MONTHS]
        self._shares = [array("f") for _ in range(4)]

    def add(self, days: _Days, places: Ints) -> None:
        """One band's days."""
        on = days["on"].astype(np.int64)
        cell = (
            days["device"].astype(np.int64) * self._span.bins + (self._span.until_day - 1 - on) // self._span.bin_days
        )
        cells = BAND * self._span.bins
        count = np.bincount(cell, minlength=cells)
        first, last = np.full(cells, self._span.until_day), np.zeros(cells, dtype=np.int64)
        np.minimum.at(first, cell, on)
        np.maximum.at(last, cell, on)
        met = np.flatnonzero(count)
        whole = places[met // self._span.bins], met % self._span.bins, count[met], first[met], last[met]
        for column, values in zip(self._whole, whole, strict=True):
            column.frombytes(values.astype(np.dtype(column.typecode)).tobytes())
        for share, values in zip(self._shares, (*_battery(days), _awake_hours(days)), strict=True):
            known = np.isfinite(values)
            total = np.bincount(cell[known], weights=values[known], minlength=cells)[met]
            number = np.bincount(cell[known], minlength=cells)[met]
            mean = np.divide(total, number, out=np.full(len(met), np.nan), where=number > 0)
            share.frombytes(mean.astype(np.float32).tobytes())

    def columns(self) -> MonthColumns:
        """All that were added."""
        device, which, active_days, first_on, last_on = self._whole
        health, full_wh, drain_watts, awake_hours = self._shares
        return MonthColumns(
            device=device,
            bin=which,
            active_days=active_days,
            first_on=first_on,
            last_on=last_on,
            health=health,
            full_wh=full_wh,
            drain_watts=drain_watts,
            awake_hours=awake_hours,
        )


def _battery(days: _Days) -> tuple[Floats, Floats, Floats]:
    """Full charge over design, full charge, and the drain on a day of real use; NaN where not known."""
    full, design, awake, level = (
        days[name].astype(np.float64)
        for name in ("battery_full_wh", "battery_design_wh", "awake_seconds", "battery_level_percent_min")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        health = np.where(design == 0, np.nan, full / design)
        is_real_use = (awake >= REAL_USE_SECONDS) & (level <= REAL_USE_PERCENT)
        drain = np.where(is_real_use, (1 - level / 100) * full * 3600 / awake, np.nan)
    return health, full, drain


def _awake_hours(days: _Days) -> Floats:
    """How long each day's device was awake; NaN where not told."""
    return days["awake_seconds"].astype(np.float64) / 3600


class _Starts:
    """Strings starts together, device by device, each device's in the order of time."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._versions: dict[str, int] = {}
        self._columns: dict[str, array[Any]] = {name: array(code) for name, code in _STARTS.items()}

    def add(self, months: Mapping[int, Month], places: Ints) -> None:
        """One band's starts."""
        if not months:
            return
        parts = [(*_inside(month, one.starts, places, self._span), one) for month, one in months.items()]
        device = np.concatenate([columns["device"][chosen] for _, columns, chosen, _ in parts])
        order = np.argsort(device, kind="stable")
        found = {
            "device": places[device],
            "on": np.concatenate([on for on, _, _, _ in parts]),
            "seconds": np.concatenate([columns["seconds"][chosen] for _, columns, chosen, _ in parts]),
            "version": np.concatenate([self._codes(one)[chosen] for _, _, chosen, one in parts]),
            "is_fast": np.concatenate([columns["is_fast"][chosen] for _, columns, chosen, _ in parts]),
        }
        for name, column in self._columns.items():
            column.frombytes(found[name].astype(_DTYPES[name])[order].tobytes())

    def columns(self) -> StartColumns:
        """All that were added; versions are numbered in the order of their names."""
        names = sorted(self._versions)
        codes = {name: code for code, name in enumerate(names)}
        version = self._columns["version"]
        if len(version):
            view = np.frombuffer(version, dtype=_DTYPES["version"])
            view[:] = recode(view, [codes[name] for name in self._versions], _DTYPES["version"])
        return StartColumns(**self._columns, versions=tuple(names))

    def _codes(self, month: Month) -> npt.NDArray[Any]:
        """Its versions as they are numbered here."""
        for name in month.versions:
            if len(self._versions) < VERSIONS_MAX:
                self._versions.setdefault(name, len(self._versions))
        codes = [self._versions.get(name, UNKNOWN) for name in month.versions]
        return recode(month.starts["version"], codes, _DTYPES["version"])


_SUMMED = ("battery_full_wh", "battery_design_wh", "awake_seconds", "battery_level_percent_min")
"""What of a day is added up by month."""
_MONTHS = "ihhii"
"""Of device, bin, active days, first and last of them: no wider than they need be, for there are millions."""
_STARTS = {"device": "i", "on": "h", "seconds": "f", "version": "h", "is_fast": "b"}
_DTYPES = {name: np.dtype(code).str for name, code in _STARTS.items()}


def _find_odd(days: _Days, readings: Iterable[Reading], *, since: int) -> Bools:
    """Which devices of the band have a reading of these days that asks for a closer look."""
    odd = np.zeros(BAND, dtype=np.bool_)
    recent = days["on"] >= since
    device = days["device"][recent]
    for one in readings:
        if one.below is None and one.at_least is None and not one.has_grown:
            continue
        value = days[one.field][recent].astype(np.float64)
        if one.over is not None:
            over = days[one.over][recent]
            value = np.divide(value, over, out=np.full(len(value), np.nan), where=over != 0)
        known = np.isfinite(value)
        lowest, highest = np.full(BAND, np.inf), np.full(BAND, -np.inf)
        np.minimum.at(lowest, device[known], value[known])
        np.maximum.at(highest, device[known], value[known])
        if one.below is not None:
            odd |= lowest < one.below
        if one.at_least is not None:
            odd |= highest >= one.at_least
        if one.has_grown:
            odd |= highest > lowest
    return odd
