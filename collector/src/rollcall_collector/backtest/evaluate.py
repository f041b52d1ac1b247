"""Stands on a past day, judges with what was known then, and checks against what happened afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.backtest.taken_apart import take_apart
from rollcall_collector.backtest.unit_records import Records
from rollcall_collector.judge.arrays import DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.failures.channel import ChannelJudgement
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.expected import count_cells, expect
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.reliability import FleetJudgement, judge_fleet
from rollcall_collector.judge.forecast_record import PastForecast
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.past_forecasts import past_forecasts
from rollcall_collector.model.judgement import ANY

SHARES = (0.01, 0.05, 0.10)
LEAST_SEEN_DAYS = 21  # units that came later than this before the cut are their cohort's peers, but not ranked
_YOUNG_DAYS = 90
_DRAWS = 300
CHANNEL = "failures"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """How well one way of ranking foretold: lift at 1, 5, 10 %; forecast over actual in its top 5 %, None without one.

    Lift is the share of next year's failures found among the top devices, over the share of devices looked at:
    1 is what chance finds. Devices that rank equal share their failures equally.
    """

    name: str
    lift: tuple[float, ...]
    forecast_over_actual: float | None
    young_share: float
    luck: tuple[float, float] | None = None
    """Between what its lift at 5 % lies, less ours, in nine of ten fleets drawn from this one: with 0 inside, the two
    cannot be told apart. None for ours, and where nothing failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOutcome:
    """What became of the devices that would have been flagged; expectations are their peers' in the same months."""

    flagged: int
    ratio: float
    observed_over_expected: float
    failed_again: float
    share_of_failures: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CutOutcome:
    """One cut date's result. Without enough evidence the lists are empty, as they would be in the product."""

    until_day: int
    horizon_days: int
    devices: int
    failures: int
    failed_share: float
    shape: float | None
    is_enough: bool
    rankings: tuple[Ranking, ...]
    few: tuple[int, float]
    """How few devices had most of what followed, and what share of it: the worst 1 % of all, by hindsight."""
    replace: ListOutcome
    watch: ListOutcome
    fleet_over_actual: float | None = None
    """Forecast over actual for all ranked devices together; None where nothing followed."""
    apart: tuple[str, ...] = ()
    """What the judging took apart, in words, and what it could not look at."""
    past: tuple[PastForecast, ...] = ()
    """What the fleet's forecast would have been months before the day, beside what came until then."""


def backtest(
    records: Records,
    *,
    until_day: int,
    horizon_days: int = 365,
    parameters: Parameters | None = None,
    judged: FleetJudgement | None = None,
) -> CutOutcome:
    """Judge on the eve of `until_day` and compare with the `horizon_days` that follow; nothing later is looked at.

    Ranked are the units then in service for at least 21 days; retired ones count in their cohort's rates. `judged` is
    a judgement made on that eve from more than these records hold, such as kinds of failure and versions.
    """
    parameters = parameters or Parameters()
    here = is_ranked(records, until_day)
    if judged is None:
        judged = judge_then(records, until_day=until_day, parameters=parameters)
    channel = _all_failures(judged)
    after = (records.incident_day >= until_day) & (records.incident_day < until_day + horizon_days)
    actual = np.bincount(records.incident_device[after], minlength=len(here)).astype(np.float64)
    exposure = records.exposure(since_day=until_day, until_day=until_day + horizon_days)
    seen = (until_day - records.start_day)[here]
    scores = _scores(records, judged, channel.ratio, exposure, until_day)
    luck = _luck({name: score[here] for name, score, _ in scores}, actual[here])
    rankings = tuple(
        replace(
            _rank(name, score[here], None if forecast is None else forecast[here], actual[here], seen),
            luck=luck.get(name),
        )
        for name, score, forecast in scores
    )
    expected = _expected_after(records, exposure, until_day=until_day, horizon_days=horizon_days)
    total, named_by = float(actual[here].sum()), _deciding_ratio(judged)
    return CutOutcome(
        until_day=until_day,
        horizon_days=horizon_days,
        devices=int(here.sum()),
        failures=int(total),
        failed_share=float((actual[here] > 0).mean()) if here.any() else 0.0,
        shape=channel.shape,
        is_enough=judged.is_enough,
        rankings=rankings,
        few=_few(actual[here]),
        replace=_follow(judged.replace, named_by, actual, expected, total=total),
        watch=_follow(judged.watch, named_by, actual, expected, total=total),
        fleet_over_actual=_fleet_over_actual(scores, here, total),
        apart=take_apart(judged, records),
        past=_past(records, until_day, parameters),
    )


def _fleet_over_actual(
    scores: tuple[tuple[str, Floats, Floats | None], ...], here: Bools, total: float
) -> float | None:
    _, _, foretold = scores[0]
    return None if foretold is None or not total else float(foretold[here].sum() / total)


def _past(records: Records, until_day: int, parameters: Parameters) -> tuple[PastForecast, ...]:
    since = until_day - parameters.window_days
    exposure = records.exposure(since_day=since, until_day=until_day, bin_days=parameters.bin_days)
    known = records.incident_day < until_day
    incidents = records.incident_device[known], records.incident_day[known]
    return past_forecasts(exposure, records.levels, incidents, until_day=until_day, parameters=parameters)


def _scores(
    records: Records, judged: FleetJudgement, ratio: Floats, exposure: Exposure, until_day: int
) -> tuple[tuple[str, Floats, Floats | None], ...]:
    """Every way to rank the units: its name, each unit's score, and what it foretells (None: nothing)."""
    yearly = _yearly_forecast(judged)
    years_ahead = exposure.sum(axis=1, dtype=np.float64) / DAYS_A_YEAR
    past = records.incident_day < until_day
    count = np.bincount(records.incident_device[past], minlength=len(ratio)).astype(np.float64)
    rate = count / records.years_before(until_day)
    bought = records.start_day if records.bought_day is None else records.bought_day
    return (
        ("rollcall", yearly, yearly * years_ahead),
        ("ratio to peers", ratio, yearly * years_ahead),
        ("oldest first", -bought.astype(np.float64), None),
        ("raw count", count, None),
        ("raw rate", rate, rate * years_ahead),
    )


def is_ranked(records: Records, until_day: int) -> Bools:
    """Which units were in service on that day, and for at least 21 days before it."""
    return np.asarray(
        (records.start_day + LEAST_SEEN_DAYS <= until_day) & (records.end_day > until_day), dtype=np.bool_
    )


def judge_then(records: Records, *, until_day: int, parameters: Parameters) -> FleetJudgement:
    """The judgement as of that day, by these records alone."""
    exposure = records.exposure(
        since_day=until_day - parameters.window_days, until_day=until_day, bin_days=parameters.bin_days
    )
    peers = choose_peers(
        records.levels,
        exposure.sum(axis=1, dtype=np.float64),
        least_devices=parameters.cohort_devices,
        least_years=parameters.cohort_years,
    )
    together = records.incident_device, records.incident_day
    told = {CHANNEL: together} if records.kinds is None else {**records.kinds, ANY: together}
    incidents = {name: (device[day < until_day], day[day < until_day]) for name, (device, day) in told.items()}
    return judge_fleet(
        exposure,
        peers,
        incidents,
        until_day=until_day,
        in_service=is_ranked(records, until_day),
        parameters=parameters,
        site=records.site,
        hours=records.hours,
    )


def captured(score: Floats, values: Floats, top: int) -> float:
    """The sum of `values` over the `top` highest scores; equals at the margin share the last places."""
    edge = np.sort(score)[len(score) - top]
    above, level = score > edge, score == edge
    return float(values[above].sum() + values[level].sum() * (top - above.sum()) / level.sum())


def _all_failures(judged: FleetJudgement) -> ChannelJudgement:
    """The channel that counts every kind together; where there is but one kind, that one."""
    return judged.channels.get(ANY) or next(iter(judged.channels.values()))


def _deciding_ratio(judged: FleetJudgement) -> Floats:
    """Each device's ratio in the kind of failure that speaks loudest against it: by that one it is named."""
    kinds = list(judged.channels.values())
    loudest = np.argmax([one.probability for one in kinds], axis=0)
    return np.asarray(np.take_along_axis(np.array([one.ratio for one in kinds]), loudest[None], axis=0)[0])


def _yearly_forecast(judged: FleetJudgement) -> Floats:
    """Kind by kind, then added up: only so does a version that is gone foretell no crashes."""
    kinds = [one.forecast for name, one in judged.channels.items() if name != ANY]
    return np.asarray(np.sum(kinds, axis=0), dtype=np.float64)


def _expected_after(records: Records, exposure: Exposure, *, until_day: int, horizon_days: int) -> Floats:
    """What each unit's peers really suffered after the cut, in the time this unit served."""
    last = until_day + horizon_days
    bins = bin_of(records.incident_day, until_day=last, window_days=horizon_days)
    inside = bins >= 0
    peers = choose_peers(records.levels, exposure.sum(axis=1, dtype=np.float64))
    cells = count_cells(exposure, peers, records.incident_device[inside], bins[inside])
    return expect(exposure, peers, cells).expected


def _rank(name: str, score: Floats, forecast: Floats | None, actual: Floats, seen: Ints) -> Ranking:
    """How much of the actual failures the top of this ranking held."""
    tops = [max(1, round(len(score) * share)) for share in SHARES]
    total = float(actual.sum())
    if len(score) == 0 or total == 0:
        return Ranking(name=name, lift=(float("nan"),) * len(SHARES), forecast_over_actual=None, young_share=0.0)
    lift = tuple(captured(score, actual, top) / total / (top / len(score)) for top in tops)
    found = captured(score, actual, tops[1])
    return Ranking(
        name=name,
        lift=lift,
        forecast_over_actual=None if forecast is None or not found else captured(score, forecast, tops[1]) / found,
        young_share=captured(score, (seen < _YOUNG_DAYS).astype(np.float64), tops[0]) / tops[0],
    )


def _luck(scores: Mapping[str, Floats], actual: Floats) -> dict[str, tuple[float, float]]:
    """Every other ranking's lift at 5 % less ours, in nine of ten fleets of as many devices drawn from this one.

    A bootstrap by device (Efron, 1979): a few devices that fail again and again carry a lift, and might not be there.
    """
    if len(actual) == 0 or actual.sum() == 0:
        return {}
    random = np.random.default_rng(0)
    top = max(1, round(len(actual) * SHARES[1]))
    ours, *others = scores
    found: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(_DRAWS):
        drawn = random.integers(0, len(actual), len(actual))
        values = actual[drawn]
        if (total := float(values.sum())) == 0:
            continue
        whole = total * top / len(values)
        lifts = {name: captured(score[drawn], values, top) / whole for name, score in scores.items()}
        for name in others:
            found[name].append(lifts[name] - lifts[ours])
    return {
        name: (float(np.quantile(some, 0.05)), float(np.quantile(some, 0.95))) for name, some in found.items() if some
    }


def _few(actual: Floats) -> tuple[int, float]:
    """The share of what followed that the worst 1 % of the devices had, by hindsight."""
    top = max(1, round(len(actual) * SHARES[0]))
    total = float(actual.sum())
    return top, float(np.sort(actual)[::-1][:top].sum() / total) if total else 0.0


def _follow(chosen: Bools, ratio: Floats, actual: Floats, expected: Floats, *, total: float) -> ListOutcome:
    if not chosen.any():
        return ListOutcome(flagged=0, ratio=0.0, observed_over_expected=0.0, failed_again=0.0, share_of_failures=0.0)
    return ListOutcome(
        flagged=int(chosen.sum()),
        ratio=float(ratio[chosen].mean()),
        observed_over_expected=float(actual[chosen].sum() / max(float(expected[chosen].sum()), 1e-9)),
        failed_again=float((actual[chosen] > 0).mean()),
        share_of_failures=float(actual[chosen].sum() / max(total, 1)),
    )
