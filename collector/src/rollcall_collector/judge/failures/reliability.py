"""Judges a whole fleet's failures at once: counts, expectations, posteriors, and the two lists."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures import false_discovery, flexible_prior, forecast, posterior
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, expect
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import ANY, APART

DEFAULTS = Parameters()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelJudgement:
    """What one kind of failure says of every device; arrays have one entry a device.

    `shape` is None under the flexible prior. `forecast` is incidents per active year.
    """

    observed: Ints
    weeks: Ints
    expectation: Expectation
    shape: float | None
    ratio: Floats
    probability: Floats
    forecast: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """Which devices stand on each list, one entry a device."""

    replace: Bools
    watch: Bools


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetJudgement:
    """The fleet's verdict on failures. Without enough evidence (`is_enough` false) both lists are empty.

    `probability` is the largest over the channels: a lower bound of "any channel is bad", so lists stay honest.
    """

    channels: Mapping[str, ChannelJudgement]
    active_days: Floats
    probability: Floats
    replace: Bools
    watch: Bools
    incident_count: int
    history_days: int
    is_enough: bool


def judge_channel(
    exposure: Exposure,
    peers: Peers,
    device: Ints,
    day: Ints,
    *,
    until_day: int,
    parameters: Parameters = DEFAULTS,
    split: VersionSplit | None = None,
    fresh_from: Ints | None = None,
    usual_shape: float | None = None,
) -> ChannelJudgement:
    """Judge one kind of failure; `device` and `day` (since 1970-01-01) have one entry an incident, folded already.

    With `split`, peers run the same version of the system. `fresh_from` is the first day, one a device, that still
    speaks of it: what came before its repair is its cohort's record, no longer its own. `usual_shape` is the spread
    that a channel with fewer than 200 incidents borrows: its own would be a guess, and the wildest would name devices.
    """
    device, day, bins = _inside(exposure, device, day, until_day, parameters)
    devices = len(exposure)
    owner = np.arange(devices) if split is None else split.owner
    rows = exposure if split is None else split.exposure
    row_peers = peers if split is None else split.peers
    counted = None if fresh_from is None else _since(rows, fresh_from[owner], until_day, parameters)
    found = expect(
        rows,
        row_peers,
        device if split is None else split.row_of[device, bins],
        bins,
        own=counted,
        smoothing=parameters.smoothing,
        shock_ratio=parameters.shock_ratio,
        shock_devices=parameters.shock_devices,
    )
    now = owner if split is None else split.row_of[:, 0]
    if split is not None:
        found = replace(found, expected=np.bincount(owner, found.expected, devices).astype(np.float64))
    if fresh_from is not None:
        fresh = day >= fresh_from[device]
        device, day = device[fresh], day[fresh]
    observed = np.bincount(device, minlength=devices).astype(np.int64)
    judged, shape = _judge_counts(observed, found.expected, parameters, usual_shape)
    return ChannelJudgement(
        observed=observed,
        weeks=false_discovery.count_weeks(device, day, devices=devices),
        expectation=found,
        shape=shape,
        ratio=judged.ratio,
        probability=judged.probability,
        forecast=forecast.yearly_rates(
            judged.ratio[owner],
            row_peers,
            found,
            bin_days=parameters.bin_days,
            half_life_days=parameters.recent_half_life_days,
        )[now],
    )


def _inside(
    exposure: Exposure, device: Ints, day: Ints, until_day: int, parameters: Parameters
) -> tuple[Ints, Ints, Ints]:
    """Device, day and bin of the incidents in the window for which there are active days."""
    bins = bin_of(day, until_day=until_day, window_days=parameters.window_days, bin_days=parameters.bin_days)
    inside = bins >= 0
    inside[inside] = was_counted(exposure, device[inside], bins[inside])
    return device[inside], day[inside], bins[inside]


def _judge_counts(
    observed: Ints, expected: Floats, parameters: Parameters, usual_shape: float | None
) -> tuple[posterior.Posterior, float | None]:
    """Each device's ratio to its peers, and the spread it was judged by (None: the flexible prior)."""
    if parameters.has_flexible_prior:
        fitted = flexible_prior.fit_prior(observed, expected)
        return flexible_prior.judge_flexibly(observed, expected, fitted, threshold=parameters.threshold), None
    is_sparse = int(observed.sum()) < parameters.fleet_incidents
    borrowed = usual_shape if is_sparse else None
    shape = posterior.fit_shape(observed, expected) if borrowed is None else borrowed
    return posterior.judge(observed, expected, shape=shape, threshold=parameters.threshold), shape


def judge_fleet(
    exposure: Exposure,
    peers: Peers,
    incidents: Mapping[str, tuple[Ints, Ints]],
    *,
    until_day: int,
    in_service: Bools,
    parameters: Parameters = DEFAULTS,
    splits: Mapping[str, VersionSplit] | None = None,
    fresh_from: Ints | None = None,
    before: Lists | None = None,
) -> FleetJudgement:
    """Judge every channel and draw up the lists; `incidents` gives device and day of each channel's incidents.

    Leave out the damage channel: an accident tells of a desk, not of a device. Retired devices belong in all arrays
    (their failures are their cohort's), with `in_service` false: they are never listed. `before` are the last lists.
    Channels named in `splits` are judged among peers with the same version of the system.
    """
    channels: dict[str, ChannelJudgement] = {}
    for name in sorted(incidents, key=lambda one: one != ANY):  # all together first: sparse kinds borrow their spread
        device, day = incidents[name]
        channels[name] = judge_channel(
            exposure,
            peers,
            device,
            day,
            until_day=until_day,
            parameters=parameters,
            split=(splits or {}).get(name),
            fresh_from=fresh_from,
            usual_shape=channels[ANY].shape if ANY in channels and name not in APART else None,
        )
    own = exposure if fresh_from is None else _since(exposure, fresh_from, until_day, parameters)
    active_days = own.sum(axis=1, dtype=np.float64)
    history_days = _history_days(exposure, parameters.bin_days)
    count = sum(int(one.observed.sum()) for name, one in channels.items() if name != ANY)
    is_enough = count >= parameters.fleet_incidents and history_days >= parameters.fleet_days
    nobody = np.zeros(len(exposure), dtype=np.bool_)
    probability, lists = np.zeros(len(exposure)), Lists(replace=nobody, watch=nobody)
    for one in channels.values():
        probability = np.maximum(probability, one.probability)
    if is_enough:
        may_enter = in_service & _passes(channels, probability, active_days, parameters)
        lists = _draw_lists(probability, may_enter, in_service, parameters, before)
    return FleetJudgement(
        channels=channels,
        active_days=active_days,
        probability=probability,
        replace=lists.replace,
        watch=lists.watch,
        incident_count=count,
        history_days=history_days,
        is_enough=is_enough,
    )


def _draw_lists(
    probability: Floats, may_enter: Bools, in_service: Bools, parameters: Parameters, before: Lists | None
) -> Lists:
    """The lists, with those who stay on them from the last time."""
    rates = parameters.replace_fdr, parameters.watch_fdr
    standing = None if before is None else (before.replace & in_service, before.watch & in_service)
    named, watch = false_discovery.draw(probability, rates=rates, may_enter=may_enter, standing=standing)
    return Lists(replace=named, watch=watch)


def was_counted(exposure: Exposure, device: Ints, bins: Ints) -> Bools:
    """Failures for which there are active days to hold them against, in their bin or just before it.

    Just before, because the failure that ends a device's service may stand on the first day it serves no more.
    """
    before = np.minimum(bins + 1, exposure.shape[1] - 1)
    return np.asarray((exposure[device, bins] > 0) | (exposure[device, before] > 0), dtype=np.bool_)


def _since(exposure: Exposure, fresh_from: Ints, until_day: int, parameters: Parameters) -> Exposure:
    """The exposure from a day on, one day a row; of the month in which it lies, the part that came after it."""
    started = np.flatnonzero(fresh_from > until_day - parameters.window_days)
    if len(started) == 0:
        return exposure
    own = exposure.copy()
    age = (until_day - fresh_from[started])[:, None] - parameters.bin_days * np.arange(exposure.shape[1])
    own[started] *= np.clip(age / parameters.bin_days, 0, 1).astype(np.float32)
    return own


def _history_days(exposure: Exposure, bin_days: int) -> int:
    """How far back anybody's record reaches, in days."""
    bins = np.flatnonzero(exposure.any(axis=0))
    return int(bins[-1] * bin_days + np.ceil(exposure[:, bins[-1]].max())) if len(bins) else 0


def _passes(
    channels: Mapping[str, ChannelJudgement], probability: Floats, active_days: Floats, parameters: Parameters
) -> Bools:
    """Who was seen long enough, and has failed in enough different weeks on the channel that speaks against it."""
    named = np.zeros(len(probability), dtype=np.bool_)
    for one in channels.values():
        named |= (one.weeks >= parameters.least_incidents) & (one.probability == probability)
    return np.asarray(named & (active_days >= parameters.least_active_days), dtype=np.bool_)
