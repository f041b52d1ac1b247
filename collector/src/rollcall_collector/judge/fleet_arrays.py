"""Lays the fleet's history out as arrays that can be judged: exposure, peers, incidents, starts, batteries."""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, Bools, Floats, Ints, as_floats, as_ints, narrow, wide
from rollcall_collector.judge.channels import NOT_JUDGED, SOFTWARE
from rollcall_collector.judge.failures.cohort import encode
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.failures.troubles import join_troubles
from rollcall_collector.judge.failures.versions import VersionSplit, split_by_version
from rollcall_collector.judge.medians import window_medians
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.starts.baseline import Boots
from rollcall_collector.model.fleet import (
    UNKNOWN,
    DeviceColumns,
    FailureColumns,
    FleetHistory,
    MonthColumns,
    StartColumns,
)
from rollcall_collector.model.judgement import ANY, APART
from rollcall_wire.codes import CHANNELS

_TELLS = 0.5  # of its days
LATE_BINS = 6
"""A battery not read for longer is not judged."""
_AT_ONCE = 1 << 17
"""So many starts are looked at at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetArrays:
    """The fleet as the judge counts with it; a device is its place in the history's columns.

    `levels` are peer codes, closest first: model, purchase year and role; model; platform. `closest` says which of
    year and role are known (see `compared_with.CLOSEST`). `site` is a code of its school, None where schools are not
    told, `hours` what it is awake on an active day (NaN: not told; such devices are compared among themselves).
    Incidents are folded: device and first day of each, by channel. `health` is (devices, months), the latest month
    last.
    """

    exposure: Exposure
    levels: tuple[Ints, ...]
    closest: Ints
    site: Ints | None
    hours: Floats
    in_service: Bools
    first_day: Ints
    last_day: Ints
    incidents: Mapping[str, tuple[Ints, Ints]]
    splits: Mapping[str, VersionSplit]
    starts_yearly: Floats
    health: Floats
    full_wh: Floats
    drain_watts: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class StartCounts:
    """What is counted of single starts: how many a device, version and bin (`cells`), and how many a year."""

    cells: tuple[Ints, Ints, Ints, Ints]
    yearly: Floats

    @classmethod
    def of(cls, history: FleetHistory, parameters: Parameters) -> "StartCounts":
        """Those of a history whose window and bins are those of the parameters."""
        first, _ = days_known(history)
        return cls(
            cells=_count_starts(history, parameters),
            yearly=_yearly(history.starts, first, history.until_day, len(first)),
        )


def days_known(history: FleetHistory) -> tuple[Ints, Ints]:
    """The first and the last day of each device."""
    count, months = len(history.devices.key), history.months
    first, last = np.full(count, history.until_day, dtype=np.int64), np.full(count, UNKNOWN, dtype=np.int64)
    np.minimum.at(first, as_ints(months.device), as_ints(months.first_on))
    np.maximum.at(last, as_ints(months.device), as_ints(months.last_on))
    return first, last


def arrange(history: FleetHistory, parameters: Parameters, starts: StartCounts | None = None) -> FleetArrays:
    """The arrays of a history whose window and bins are those of the parameters.

    `starts` is what was counted of its single starts, where these were let go since.
    """
    starts = starts or StartCounts.of(history, parameters)
    devices, months = history.devices, history.months
    count, bins = len(devices.key), parameters.bins
    place, month = as_ints(months.device), as_ints(months.bin)
    exposure = np.zeros((count, bins), dtype=np.float32)
    exposure[place, month] = as_ints(months.active_days)
    first, last = days_known(history)
    hours = _hours(months, place, exposure)
    tells = np.isfinite(hours).tolist()  # hours are compared with hours, days with days
    levels = (
        encode(devices.platform, devices.model, devices.purchase_year, devices.role, tells),
        encode(devices.platform, devices.model, tells),
        encode(devices.platform, tells),
    )
    full_wh, drain_watts = _latest_of(months.full_wh, place, count), _median_of(months.drain_watts, place, count)
    return FleetArrays(
        exposure=exposure,
        levels=levels,
        closest=_closest(devices),
        site=encode(devices.site) if devices.site else None,
        hours=hours,
        in_service=as_ints(devices.retired_on) == UNKNOWN,
        first_day=first,
        last_day=last,
        incidents=_fold(history.failures, first, as_ints(devices.enrolled_on), parameters),
        splits=_split(history, exposure, levels, parameters, starts),
        starts_yearly=starts.yearly,
        health=_health(history, count, bins),
        full_wh=full_wh,
        drain_watts=drain_watts,
    )


def _closest(devices: DeviceColumns) -> Ints:
    """What is known of each device besides its model, as a place in `compared_with.CLOSEST`."""
    no_year = as_ints(devices.purchase_year) == UNKNOWN
    no_role = np.fromiter((not role for role in devices.role), dtype=np.bool_, count=len(devices.key))
    return np.asarray(no_year + 2 * no_role, dtype=np.int64)


def _hours(months: MonthColumns, place: Ints, exposure: Exposure) -> Floats:
    """Hours each device is awake on an active day, NaN where most of its days do not tell."""
    devices = len(exposure)
    if not len(months.awake_hours):
        return np.full(devices, np.nan)
    hours, days = as_floats(months.awake_hours), as_ints(months.active_days)
    known = np.isfinite(hours)
    told = np.bincount(place[known], weights=days[known], minlength=devices)
    spent = np.bincount(place[known], weights=(hours * days)[known], minlength=devices)
    enough = (told > 0) & (told >= _TELLS * exposure.sum(axis=1, dtype=np.float64))
    return np.where(enough, spent / np.maximum(told, 1), np.nan)


def _fold(
    failures: FailureColumns, first_day: Ints, enrolled_on: Ints, parameters: Parameters
) -> dict[str, tuple[Ints, Ints]]:
    """Each judged channel's incidents, and those of all kinds together but for the ones that stand apart."""
    day = as_ints(failures.on)
    # The instant, held to the day that the school's calendar gives it: midnight there is yesterday in UTC.
    local_us = np.clip(as_ints(failures.at_us), day * DAY_US, (day + 1) * DAY_US - 1)
    folded = fold_fleet(
        as_ints(failures.device),
        as_ints(failures.channel),
        local_us,
        gap_hours=parameters.gap_hours,
        cap_days=parameters.cap_days,
        count=as_ints(failures.count),
    )
    began = folded.start_us // DAY_US
    is_settling = np.zeros(len(folded), dtype=np.bool_)
    for settled_from in (first_day, enrolled_on):
        age = began - settled_from[folded.device]
        is_settling |= (settled_from[folded.device] != UNKNOWN) & (age >= 0) & (age < parameters.settling_days)
    found: dict[str, tuple[Ints, Ints]] = {}
    for code, channel in enumerate(CHANNELS):
        mine = folded.channel == code
        if channel == "crash":
            mine &= ~is_settling
        if channel not in NOT_JUDGED and mine.any():
            found[channel] = (folded.device[mine], began[mine])
    together = {name: one for name, one in found.items() if name not in APART}
    if len(together) > 1:
        found[ANY] = join_kinds(together, gap_hours=parameters.gap_hours)
    return found


def join_kinds(incidents: Mapping[str, tuple[Ints, Ints]], *, gap_hours: float = 72) -> tuple[Ints, Ints]:
    """Device and day of every trouble of these kinds; the channel that counts them together is left out.

    One trouble is often told in several kinds: what begins within the gap of another kind's incident is one with it.
    """
    kinds = [one for name, one in incidents.items() if name != ANY]
    nothing = np.zeros(0, dtype=np.int64)
    device, day, _ = join_troubles(
        np.concatenate([nothing, *(device for device, _ in kinds)]),
        np.concatenate([nothing, *(day for _, day in kinds)]),
        gap_days=math.ceil(gap_hours / 24),
    )
    return device, day


def _split(
    history: FleetHistory,
    exposure: Exposure,
    levels: tuple[Ints, ...],
    parameters: Parameters,
    starts: StartCounts,
) -> dict[str, VersionSplit]:
    if not history.starts.versions:
        return {}
    device, version, bins, count = starts.cells
    split = split_by_version(
        exposure,
        levels,
        device,
        version,
        bins,
        starts=count,
        least_devices=parameters.cohort_devices,
        least_years=parameters.cohort_years,
    )
    return dict.fromkeys(SOFTWARE, split)


def _count_starts(history: FleetHistory, parameters: Parameters) -> tuple[Ints, Ints, Ints, Ints]:
    """Device, version and bin with the number of starts of each such three: few, where starts are millions."""
    starts, bins, versions = history.starts, parameters.bins, len(history.starts.versions) + 1
    device, version, on = as_ints(starts.device), as_ints(starts.version), as_ints(starts.on)
    cells, counts = [], []
    for low in range(0, len(device), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        which = bin_of(
            on[part],
            until_day=history.until_day,
            window_days=parameters.window_days,
            bin_days=parameters.bin_days,
        )
        inside = which >= 0
        cell = ((wide(device[part]) * versions + version[part] + 1) * bins + which)[inside]
        first = np.flatnonzero(np.diff(cell, prepend=-1))  # they stand in runs: few are sorted
        met, place = np.unique(cell[first], return_inverse=True)
        cells.append(met)
        counts.append(narrow(np.bincount(place, weights=np.diff(first, append=len(cell)))))
    cell, count = (
        np.concatenate([*cells, np.zeros(0, dtype=np.int64)]),
        np.concatenate([*counts, np.zeros(0, dtype=np.int32)]),
    )
    pair = cell // bins
    return narrow(pair // versions), narrow(pair % versions - 1), narrow(cell % bins), count


def choose_starts(starts: StartColumns, *, is_fast: bool) -> Boots:
    """The measured starts of one kind: a fast start is neither a slow nor a quick full one."""
    seconds = as_floats(starts.seconds)
    wanted = np.isfinite(seconds) & (as_ints(starts.is_fast) == is_fast)
    chosen = slice(None) if wanted.all() else wanted  # nothing is copied where all are of one kind
    device = as_ints(starts.device)[chosen]
    return Boots(
        device=device,
        day=as_ints(starts.on)[chosen],
        order_us=np.broadcast_to(np.int64(0), len(device)),  # they stand in their order
        seconds=seconds[chosen],
        version=as_ints(starts.version)[chosen],
    )


def _yearly(starts: StartColumns, first_day: Ints, until_day: int, count: int) -> Floats:
    """Starts a year, by those of the last 365 days; a device known for less than a quarter is given a quarter."""
    device, on = as_ints(starts.device), as_ints(starts.on)
    recent = np.zeros(count, dtype=np.int64)
    for low in range(0, len(device), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        recent += np.bincount(device[part][on[part] >= until_day - 365], minlength=count)
    yearly = recent * 365 / np.clip(until_day - first_day, 91, 365)
    return np.asarray(yearly, dtype=np.float64)


def _health(history: FleetHistory, count: int, bins: int) -> Floats:
    months = history.months
    health = np.full((count, bins), np.nan)
    health[as_ints(months.device), bins - 1 - as_ints(months.bin)] = as_floats(months.health)
    health[~np.isfinite(health[:, -LATE_BINS:]).any(axis=1)] = np.nan
    return health


def _latest_of(values: "array[float]", place: Ints, count: int) -> Floats:
    """Each device's value of the latest month that has one; months stand by device, the latest first."""
    found, value = np.full(count, np.nan), as_floats(values)
    known = np.flatnonzero(np.isfinite(value))[::-1]
    found[place[known]] = value[known]
    return found


def _median_of(values: "array[float]", place: Ints, count: int) -> Floats:
    """Each device's median over its months; these stand by device."""
    value = as_floats(values)
    known = np.isfinite(value)
    months = np.bincount(place[known], minlength=count)
    return window_medians(value[known], np.cumsum(months) - months, months)
