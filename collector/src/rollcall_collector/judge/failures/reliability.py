"""Judges a whole fleet's failures at once: counts, expectations, posteriors, and the two lists."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures import false_discovery
from rollcall_collector.judge.failures.channel import ChannelJudgement, judge_channel, since
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.likeness.kinds_together import Counts, spreads_together, told_first
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import ANY, APART

DEFAULTS = Parameters()


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
    site: Ints | None = None,
    hours: Floats | None = None,
    can_tell: Mapping[str, Bools] | None = None,
) -> FleetJudgement:
    """Judge every channel and draw up the lists; `incidents` gives device and day of each channel's incidents.

    Leave out the damage channel: an accident tells of a desk, not of a device. Retired devices belong in all arrays
    (their failures are their cohort's), with `in_service` false: they are never listed. `before` are the last lists.
    Channels named in `splits` are judged among peers with the same version of the system. `site` is a code of each
    device's school, `hours` what it is awake on an active day (NaN: not told); `can_tell` by channel says whose
    sources can tell it. Who tells hours, and who tells other kinds, belongs among other peers: see `arrange`.
    """
    channels: dict[str, ChannelJudgement] = {}
    incidents = _told_once(incidents, parameters)
    for name in sorted(incidents, key=lambda one: one != ANY):  # all together first: sparse kinds borrow their spread
        device, day = incidents[name]
        channels[name] = judge_channel(
            _where_told(exposure, (can_tell or {}).get(name)),
            peers,
            device,
            day,
            until_day=until_day,
            parameters=parameters,
            split=(splits or {}).get(name),
            fresh_from=fresh_from,
            usual=channels.get(ANY) if name not in APART else None,
            site=site,
            hours=hours,
        )
    channels |= _together(channels, parameters)
    own = exposure if fresh_from is None else since(exposure, fresh_from, until_day, parameters)
    active_days = own.sum(axis=1, dtype=np.float64)
    history_days = _history_days(exposure, parameters.bin_days)
    count = sum(int(one.observed.sum()) for name, one in channels.items() if name != ANY)
    is_enough = count >= parameters.fleet_incidents and history_days >= parameters.fleet_days
    nobody = np.zeros(len(exposure), dtype=np.bool_)
    lists = Lists(replace=nobody, watch=nobody)
    probability = np.max([np.zeros(len(exposure)), *(one.probability for one in channels.values())], axis=0)
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


def _where_told(exposure: Exposure, can_tell: Bools | None) -> Exposure:
    """Whose sources cannot tell a kind of failure earns no good record in it."""
    return exposure if can_tell is None else exposure * can_tell[:, None]


def _told_once(incidents: Mapping[str, tuple[Ints, Ints]], parameters: Parameters) -> Mapping[str, tuple[Ints, Ints]]:
    """Where kinds are counted together, each trouble in the kind that told it first."""
    if ANY not in incidents:
        return incidents
    kinds = {name: one for name, one in incidents.items() if name != ANY and name not in APART}
    return {**incidents, **told_first(kinds, gap_days=math.ceil(parameters.gap_hours / 24))}


def _together(channels: Mapping[str, ChannelJudgement], parameters: Parameters) -> dict[str, ChannelJudgement]:
    """The kinds that are counted together, each judged anew by what all of them tell of a device."""
    if ANY not in channels:
        return {}
    kinds = {name: one for name, one in channels.items() if name != ANY and name not in APART}
    counts = {
        name: Counts(observed=one.observed, expected=one.expected, shape=one.shape) for name, one in kinds.items()
    }
    return {
        name: kinds[name].judge_beside(own, parameters.threshold) for name, own in spreads_together(counts).items()
    }


def _draw_lists(
    probability: Floats, may_enter: Bools, in_service: Bools, parameters: Parameters, before: Lists | None
) -> Lists:
    """The lists, with those who stay on them from the last time."""
    rates = parameters.replace_fdr, parameters.watch_fdr
    standing = None if before is None else (before.replace & in_service, before.watch & in_service)
    named, watch = false_discovery.draw(probability, rates=rates, may_enter=may_enter, standing=standing)
    return Lists(replace=named, watch=watch)


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
