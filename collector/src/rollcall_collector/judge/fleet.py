"""Judges everything there is to judge of a fleet, in one pass: failures, starts, batteries, and what struck models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.battery import BatteryOutlook, judge_batteries
from rollcall_collector.judge.failures.channel import ChannelJudgement
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.posterior import interval
from rollcall_collector.judge.failures.reliability import FleetJudgement, Lists, judge_fleet
from rollcall_collector.judge.failures.shocks import Shock, name_shocks
from rollcall_collector.judge.fleet_arrays import FleetArrays, StartCounts, arrange, choose_starts, days_known
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.starts.baseline import Boots, StartupTrack, UsableBoots, track, usable
from rollcall_collector.judge.starts.months import LEAST_STARTS, StartMonths, month_by_month
from rollcall_collector.judge.starts.slowness import Slowness, judge_startup, slow_since_day_one
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.judgement import ANY, Judgement, StartJudgement

Intervals: TypeAlias = Mapping[str, tuple[Floats, Floats]]
"""Both ends of each device's 90 % interval, by channel."""
NOW_DAYS = 28
"""How a device starts now: the median of so many days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fresh:
    """From which day on each device's failures, starts and battery readings count: what came before is settled."""

    failures: Ints
    starts: Ints
    batteries: Ints

    @classmethod
    def from_the_beginning(cls, devices: int) -> "Fresh":
        """Nothing has been settled yet."""
        failures, starts, batteries = np.zeros((3, devices), dtype=np.int64)
        return cls(failures=failures, starts=starts, batteries=batteries)

    @classmethod
    def read(cls, history: FleetHistory, settled: Mapping[int, Mapping[str, int]]) -> "Fresh":
        """From the findings that people were done with, by a device's key, each with its day."""

        def after(finding: str) -> Ints:
            days = (settled.get(key, {}).get(finding, -1) + 1 for key in history.devices.key)
            return np.fromiter(days, dtype=np.int64, count=len(history.devices.key))

        return cls(failures=after("unreliable"), starts=after("slow_start"), batteries=after("battery_outlook"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """One kind of start (`full`, `fast`), judged: they are never mixed. Arrays have one entry a device.

    `now_seconds` is the median of the `now_starts` of the last four weeks, NaN with fewer than five; `model_seconds`
    that of its model's devices. The track has single boots of slow devices alone.
    """

    kind: str
    now_seconds: Floats
    now_starts: Ints
    model_seconds: Floats
    track: StartupTrack
    slowness: Slowness
    is_slow_from_day_one: Bools


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeJudgement:
    """Everything that is said of a fleet; arrays have one entry a device. `now_seconds` is NaN where not known."""

    arrays: FleetArrays
    failures: FleetJudgement
    starts: tuple[Starts, ...]
    now_seconds: Floats
    model_seconds: Floats
    start_months: StartMonths
    batteries: BatteryOutlook
    shocks: tuple[Shock, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _OfKind:
    """One kind of start before it is judged: what judging it asks of the history's single starts."""

    kind: str
    boots: UsableBoots
    now_seconds: Floats
    now_starts: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class LaidOut:
    """What judging asks of the history's single starts: they are looked at no more."""

    counts: StartCounts
    kinds: tuple[_OfKind, ...]
    months: StartMonths


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetStarts:
    """The fleet laid out, and its starts judged."""

    arrays: FleetArrays
    kinds: tuple[Starts, ...]
    months: StartMonths


def read_lists(history: FleetHistory, listed: Mapping[int, str]) -> Lists:
    """From the list (replace, watch) on which each device stands, by its key."""
    standing = [listed.get(key) for key in history.devices.key]
    return Lists(
        replace=np.array([one == "replace" for one in standing], dtype=np.bool_),
        watch=np.array([one == "watch" for one in standing], dtype=np.bool_),
    )


def lay_out(history: FleetHistory, *, parameters: Parameters | None = None, fresh: Fresh | None = None) -> LaidOut:
    """Lay a history's starts out, before anything is judged: whoever holds millions may let go of them then."""
    counts = StartCounts.of(history, parameters or Parameters())
    fresh = fresh or Fresh.from_the_beginning(len(history.devices.key))
    since_day = np.maximum(days_known(history)[0], fresh.starts)
    full, fast = (choose_starts(history.starts, is_fast=is_fast) for is_fast in (False, True))
    months = month_by_month(full, history)
    return LaidOut(
        counts=counts,
        kinds=tuple(
            _of_kind(kind, boots, since_day, until_day=history.until_day)
            for kind, boots in (("full", full), ("fast", fast))
            if len(boots.device)
        ),
        months=months,
    )


def judge_starts(history: FleetHistory, laid: LaidOut, *, parameters: Parameters | None = None) -> FleetStarts:
    """Judge the starts of a fleet, before the rest: what only that takes is let go then."""
    arrays = arrange(history, parameters or Parameters(), laid.counts)
    kinds = tuple(_judge_starts(one, arrays, until_day=history.until_day) for one in laid.kinds)
    return FleetStarts(arrays=arrays, kinds=kinds, months=laid.months)


def judge_whole(
    history: FleetHistory,
    *,
    parameters: Parameters | None = None,
    fresh: Fresh | None = None,
    before: Lists | None = None,
    begun: FleetStarts | None = None,
) -> WholeJudgement:
    """Judge a history, as far as it is fresh: what people have settled is not held against a device again.

    `begun` is what `judge_starts` said of it, where single starts were let go since.
    """
    parameters = parameters or Parameters()
    fresh = fresh or Fresh.from_the_beginning(len(history.devices.key))
    if begun is None:
        laid = lay_out(history, parameters=parameters, fresh=fresh)
        begun = judge_starts(history, laid, parameters=parameters)
    arrays = begun.arrays
    failures = _judge_failures(arrays, fresh.failures, history.until_day, parameters, before)
    model = arrays.levels[1]
    full = next((one for one in begun.kinds if one.kind == "full"), None)
    nobody = np.full(len(model), np.nan)
    return WholeJudgement(
        arrays=arrays,
        failures=failures,
        starts=begun.kinds,
        now_seconds=nobody if full is None else full.now_seconds,
        model_seconds=nobody if full is None else full.model_seconds,
        start_months=begun.months,
        batteries=judge_batteries(
            _since(arrays.health, fresh.batteries, history),
            model,
            full_wh=arrays.full_wh,
            drain_watts=arrays.drain_watts,
        ),
        shocks=_shocks(arrays, until_day=history.until_day, parameters=parameters),
    )


def named_anew(
    judged: WholeJudgement,
    history: FleetHistory,
    *,
    fresh: Fresh,
    dismissed: Mapping[int, int],
    parameters: Parameters,
) -> frozenset[int]:
    """The keys of the `dismissed` (by key, the day of it) whom their failures since then would put on a list alone."""
    if not dismissed:
        return frozenset()
    arrays, keys = judged.arrays, history.devices.key
    since = np.fromiter((dismissed.get(key, -1) + 1 for key in keys), dtype=np.int64, count=len(keys))
    failures = _judge_failures(arrays, np.maximum(fresh.failures, since), history.until_day, parameters)
    return frozenset(keys[place] for place in np.flatnonzero((failures.replace | failures.watch) & (since > 0)))


def intervals_of(judged: WholeJudgement) -> Intervals:
    """Of all devices at once: many are alike, and what is alike is worked out once."""
    return {
        channel: interval(one.observed, one.expected, spread=one.spread, doubt=one.doubt)
        for channel, one in judged.failures.channels.items()
    }


def judgements_of(
    judged: WholeJudgement, history: FleetHistory, places: Ints, intervals: Intervals
) -> Iterator[tuple[Any, ...]]:
    """One row a channel and device in service of those at these places; a device never heard has none.

    A row has the values of a `Judgement` in the order of its fields, and is compared with such.
    """
    seen = places[judged.arrays.in_service[places] & (judged.failures.active_days[places] > 0)]
    for channel, one in sorted(judged.failures.channels.items()):
        columns = _of_channel(channel, one, history, seen, ends=intervals[channel])
        yield from zip(*(columns[name] for name in Judgement._fields), strict=True)


def _of_channel(
    channel: str,
    one: ChannelJudgement,
    history: FleetHistory,
    seen: Ints,
    *,
    ends: tuple[Floats, Floats],
) -> dict[str, list[Any]]:
    """The fields of its rows, one entry a device."""
    spread = one.spread.of(seen)
    figures = {
        "expected": one.expected[seen],
        "ratio": one.ratio[seen],
        "low": ends[0][seen],
        "high": ends[1][seen],
        "probability": one.probability[seen],
        "forecast_yearly": one.forecast[seen],
        "doubt": one.doubt[seen],
    }
    columns: dict[str, list[Any]] = {
        name: [round(value, 6) for value in column.tolist()] for name, column in figures.items()
    }
    for name in ("own_shape", "own_mean"):
        columns[name] = [None] * len(seen)
    if spread.own is not None:
        for name, told in (("own_shape", spread.own.shapes), ("own_mean", spread.own.means)):
            columns[name] = [round(value, 6) if isfinite(value) else None for value in told[:, 0].tolist()]
    columns["device"] = [history.devices.key[place] for place in seen.tolist()]
    columns["observed"], columns["weeks"] = one.observed[seen].tolist(), one.weeks[seen].tolist()
    columns["site_times"] = [round(times, 3) for times in one.site_times[seen].tolist()]
    columns["peers"] = [one.compared_with.say(place) for place in seen.tolist()]
    columns["channel"] = [channel] * len(seen)
    return columns


def start_judgements_of(judged: WholeJudgement, history: FleetHistory, places: Ints) -> Iterator[tuple[Any, ...]]:
    """One row a device in service of those at these places whose starts were counted, as a `StartJudgement` has it."""
    seen = places[judged.arrays.in_service[places] & (judged.arrays.starts_yearly[places] > 0)]
    usual = np.exp(judged.starts[0].track.baseline[seen]) if judged.starts else np.full(len(seen), np.nan)
    columns = {
        "device": [history.devices.key[place] for place in seen.tolist()],
        "usual_seconds": _known(usual),
        "now_seconds": _known(judged.now_seconds[seen]),
        "model_seconds": _known(judged.model_seconds[seen]),
        "starts_yearly": [round(value, 1) for value in judged.arrays.starts_yearly[seen].tolist()],
    }
    return zip(*(columns[name] for name in StartJudgement.__slots__), strict=True)


def _judge_failures(
    arrays: FleetArrays, fresh_from: Ints, until_day: int, parameters: Parameters, before: Lists | None = None
) -> FleetJudgement:
    peers = choose_peers(
        arrays.levels,
        arrays.exposure.sum(axis=1, dtype=np.float64),
        least_devices=parameters.cohort_devices,
        least_years=parameters.cohort_years,
        closest=arrays.closest,
    )
    return judge_fleet(
        arrays.exposure,
        peers,
        arrays.incidents,
        until_day=until_day,
        in_service=arrays.in_service,
        parameters=parameters,
        splits=arrays.splits,
        fresh_from=fresh_from,
        before=before,
        site=arrays.site,
        hours=arrays.hours,
    )


def _since(health: Floats, fresh_from: Ints, history: FleetHistory) -> Floats:
    """Battery readings of the months that began on that day or later; one day a device."""
    began = history.until_day - history.bin_days * np.arange(health.shape[1], 0, -1)
    return np.where(began[None, :] >= fresh_from[:, None], health, np.nan)


def _of_kind(kind: str, boots: Boots, since_day: Ints, *, until_day: int) -> _OfKind:
    now_seconds, now_starts = _now(boots, until_day=until_day, devices=len(since_day))
    return _OfKind(
        kind=kind,
        boots=usable(boots, devices=len(since_day), since_day=since_day),
        now_seconds=now_seconds,
        now_starts=now_starts,
    )


def _judge_starts(one: _OfKind, arrays: FleetArrays, *, until_day: int) -> Starts:
    tracked = track(one.boots, arrays.levels)
    slowness = judge_startup(tracked, until_day=until_day)
    return Starts(
        kind=one.kind,
        now_seconds=one.now_seconds,
        now_starts=one.now_starts,
        model_seconds=_group_median(one.now_seconds, arrays.levels[1]),
        track=tracked.only(slowness.is_slow),
        slowness=slowness,
        is_slow_from_day_one=slow_since_day_one(tracked, arrays.levels[1]),
    )


def _now(boots: Boots, *, until_day: int, devices: int) -> tuple[Floats, Ints]:
    """The median seconds of each device's last four weeks, NaN with fewer than five starts; and how many they were."""
    recent = boots.day >= until_day - NOW_DAYS
    device, seconds = boots.device[recent], boots.seconds[recent]
    order = np.lexsort((seconds, device))
    device, seconds = device[order], seconds[order]
    first = np.searchsorted(device, np.arange(devices))
    count = np.searchsorted(device, np.arange(devices), side="right") - first
    found = np.full(devices, np.nan)
    known = np.flatnonzero(count >= LEAST_STARTS)
    lower, upper = first[known] + (count[known] - 1) // 2, first[known] + count[known] // 2
    found[known] = (seconds[lower] + seconds[upper]) / 2
    return found, count


def _group_median(values: Floats, group: Ints) -> Floats:
    """Each entry's group's median of what is known; NaN where nothing is."""
    found = np.full(len(values), np.nan)
    for one in np.unique(group):
        mine = group == one
        known = values[mine][np.isfinite(values[mine])]
        found[mine] = np.median(known) if len(known) else np.nan
    return found


def _shocks(arrays: FleetArrays, *, until_day: int, parameters: Parameters) -> tuple[Shock, ...]:
    found = [
        shock
        for channel, (device, day) in arrays.incidents.items()
        if channel != ANY
        for shock in name_shocks(
            channel,
            arrays.exposure,
            arrays.levels[1],
            device,
            day,
            until_day=until_day,
            parameters=parameters,
            split=arrays.splits.get(channel),
        )
    ]
    return tuple(sorted(found, key=lambda shock: (-shock.until_day, shock.channel, shock.group)))


def _known(seconds: Floats) -> list[float | None]:
    return [round(value, 3) if isfinite(value) else None for value in seconds.tolist()]
