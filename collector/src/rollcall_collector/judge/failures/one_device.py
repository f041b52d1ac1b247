"""Judges one device anew between two judgings of the fleet: its own count changes, its peers' figures stand."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, Ints
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.evidence import FailureEvidence, Listed, weigh
from rollcall_collector.judge.failures.false_discovery import count_weeks, draw
from rollcall_collector.judge.failures.incidents import fold
from rollcall_collector.judge.failures.troubles import join_troubles
from rollcall_collector.judge.failures.what_would_change import DeviceCounts, VerdictChange
from rollcall_collector.judge.likeness.kinds_together import told_first
from rollcall_collector.judge.likeness.spread import Spread, Told
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import ANY, APART, Judgement


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """May stand on a list: what speaks most against it, in how many weeks, after how many active days."""

    device: int
    probability: float
    weeks: int
    active_days: float


def recount(
    rows: Sequence[Judgement],
    failures: Mapping[str, Sequence[tuple[int, int]]],
    *,
    shapes: Mapping[str, Told],
    gap_days: Mapping[str, int],
    since_day: int,
    settling_from: Sequence[int] = (),
    parameters: Parameters,
) -> tuple[Judgement, ...]:
    """One device's rows with its incidents counted anew; `failures` are (day, instant in microseconds) by channel.

    Expectation, forecast rate, gaps between troubles and what is left of a probability by the doubts of gap and cure
    stay those of the last judging. Troubles that began before
    `since_day` do not count, nor do crashes in the first days after those in `settling_from`. A channel of which an
    older judging kept no spread keeps its row until the fleet is judged.
    """
    days = {
        row.channel: _incident_days(failures.get(row.channel, ()), parameters=parameters)
        for row in rows
        if row.channel != ANY
    }
    for start in settling_from if "crash" in days else ():
        age = days["crash"] - start
        days["crash"] = days["crash"][(age < 0) | (age >= parameters.settling_days)]
    together = {channel: one for channel, one in days.items() if channel not in APART}
    days[ANY] = np.concatenate([np.zeros(0, dtype=np.int64), *together.values()])
    if any(row.channel == ANY for row in rows):
        first = told_first(
            {channel: (np.zeros_like(one), one) for channel, one in together.items()},
            gap_days=math.ceil(parameters.gap_hours / 24),
        )
        days |= {channel: day for channel, (_, day) in first.items()}
    for channel, told in days.items():
        _, began, _ = join_troubles(np.zeros_like(told), told, gap_days=gap_days.get(channel, 0))
        days[channel] = began[began >= since_day]
    return tuple(_recounted(row, days[row.channel], spread_of(row, shapes), parameters) for row in rows)


def spread_of(row: Judgement, shapes: Mapping[str, Told]) -> Spread | None:
    """By which spread a row was judged: what its other kinds said of it, or that of the run."""
    if row.own_shape is not None and row.own_mean is not None:
        return Spread(weights=np.ones(1), means=np.array([row.own_mean]), shapes=np.array([row.own_shape]))
    return Spread.read(shapes.get(row.channel))


def list_again(
    device: int, candidates: Sequence[Candidate], *, was: Mapping[int, str], parameters: Parameters
) -> Listed:
    """On which list a device stands among all candidates; `was` is the list on which each of them stood.

    The same choice as for the whole fleet; nobody else's place is touched.
    """
    probability = np.array([one.probability for one in candidates])
    may_enter = np.array(
        [
            one.weeks >= parameters.least_incidents and one.active_days >= parameters.least_active_days
            for one in candidates
        ]
    )
    place = next((at for at, one in enumerate(candidates) if one.device == device), None)
    if place is None:
        return "none"
    best, second = (np.array([was.get(one.device) == name for one in candidates]) for name in ("replace", "watch"))
    rates = parameters.replace_fdr, parameters.watch_fdr
    named, watched = draw(probability, rates=rates, may_enter=may_enter, standing=(best, second))
    return "replace" if named[place] else "watch" if watched[place] else "none"


def candidate_of(rows: Sequence[Judgement], active_days: float) -> Candidate:
    """What speaks most against a device, from all its rows (one or more)."""
    worst = max(rows, key=lambda row: row.probability)
    return Candidate(device=worst.device, probability=worst.probability, weeks=worst.weeks, active_days=active_days)


def evidence_again(
    rows: Sequence[Judgement],
    *,
    listed: Listed,
    active_days: float,
    shapes: Mapping[str, Told],
    gap_days: Mapping[str, int],
    parameters: Parameters,
) -> FailureEvidence:
    """The evidence behind a device's place, from its rows (one or more)."""
    worst = max(rows, key=lambda row: row.probability)
    change = _changes([worst], spread_of(worst, shapes), [active_days], listed, parameters)[0]
    return _weigh(rows, worst, change, listed, active_days, gap_days, parameters)


def evidence_of_each(
    rows: Mapping[int, Sequence[Judgement]],
    *,
    listed: Listed,
    active_days: Mapping[int, float],
    shapes: Mapping[str, Told],
    gap_days: Mapping[str, int],
    parameters: Parameters,
) -> dict[int, FailureEvidence]:
    """The same of many devices, by key, on the same list."""
    worst = {key: max(those, key=lambda row: row.probability) for key, those in rows.items()}
    alike: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for key, row in worst.items():
        alike[row.channel, row.own_shape is None].append(key)
    changes: dict[int, VerdictChange] = {}
    for (channel, is_shared), keys in alike.items():
        those, days = [worst[key] for key in keys], [active_days[key] for key in keys]
        spread = Spread.read(shapes.get(channel)) if is_shared else _own_spreads(those)
        changes |= zip(keys, _changes(those, spread, days, listed, parameters), strict=True)
    return {
        key: _weigh(those, worst[key], changes[key], listed, active_days[key], gap_days, parameters)
        for key, those in rows.items()
    }


def _own_spreads(rows: Sequence[Judgement]) -> Spread:
    means, shapes = ([row.own_mean for row in rows], [row.own_shape for row in rows])
    return Spread.of_each(np.array(means, dtype=np.float64), np.array(shapes, dtype=np.float64))


def _weigh(  # noqa: PLR0917  # read at its two calls
    rows: Sequence[Judgement],
    worst: Judgement,
    change: VerdictChange,
    listed: Listed,
    active_days: float,
    gap_days: Mapping[str, int],
    parameters: Parameters,
) -> FailureEvidence:
    return weigh(
        channel=worst.channel,
        listed=listed,
        observed={row.channel: row.observed for row in rows},
        expected=worst.expected,
        active_days=active_days,
        ratio=worst.ratio,
        probability=worst.probability,
        forecast_yearly=worst.forecast_yearly,
        gap_days=gap_days.get(worst.channel, 0),
        weeks=worst.weeks,
        change=change,
        peers=worst.peers,
        site_times=worst.site_times,
        parameters=parameters,
    )


def _changes(
    rows: Sequence[Judgement],
    spread: Spread | None,
    active_days: Sequence[float],
    listed: Listed,
    parameters: Parameters,
) -> list[VerdictChange]:
    if spread is None:
        return [VerdictChange()] * len(rows)
    counts = DeviceCounts(
        observed=np.array([row.observed for row in rows]),
        expected=np.array([row.expected for row in rows]),
        doubt=np.array([row.doubt for row in rows]),
        spread=spread,
        probability=np.array([row.probability for row in rows]),
        active_days=np.array(active_days, dtype=np.float64),
        weeks=np.array([row.weeks for row in rows]),
    )
    return counts.changes(np.full(len(rows), listed != "none"), parameters)


def _incident_days(failures: Sequence[tuple[int, int]], *, parameters: Parameters) -> Ints:
    local = [min(max(at_us, day * DAY_US), (day + 1) * DAY_US - 1) for day, at_us in failures]
    began = fold(np.array(local, dtype=np.int64), gap_hours=parameters.gap_hours, cap_days=parameters.cap_days)
    return np.asarray(began // DAY_US, dtype=np.int64)


def _recounted(row: Judgement, days: Ints, spread: Spread | None, parameters: Parameters) -> Judgement:
    if spread is None or len(days) == row.observed:
        return row
    observed, expected, doubt = np.array([len(days)]), np.array([row.expected]), np.array([row.doubt])
    judged = posterior.judge(observed, expected, spread=spread, doubt=doubt, threshold=parameters.threshold)
    low, high = posterior.interval(observed, expected, spread=spread, doubt=doubt)
    ratio = float(judged.ratio[0])
    trust = posterior.trust_in(
        np.array([row.probability]),
        np.array([row.observed]),
        expected,
        spread=spread,
        doubt=doubt,
        threshold=parameters.threshold,
    )
    return row._replace(
        observed=len(days),
        weeks=int(count_weeks(np.zeros(len(days), dtype=np.int64), days, devices=1)[0]),
        ratio=round(ratio, 6),
        low=round(float(low[0]), 6),
        high=round(float(high[0]), 6),
        probability=round(float(judged.probability[0] * trust[0]), 6),
        forecast_yearly=round(row.forecast_yearly * ratio / row.ratio, 6),
    )
