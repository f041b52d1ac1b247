"""Past years of real records: what the judge would have named then, against what happened afterwards."""

import csv
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

import numpy as np
import pytest

from rollcall_collector.backtest.evaluate import CHANNEL, CutOutcome, Ranking, backtest, captured
from rollcall_collector.backtest.unit_records import Records, Unit, assemble
from rollcall_collector.judge.arrays import DAY_US, HOUR_US
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.exposure import from_service
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.failures.reliability import FleetJudgement, judge_fleet
from tests.support.require import shared_data

CUTS = ("2003-09-09", "2004-03-09", "2004-09-09")


def _day(text: str) -> int:
    return (date.fromisoformat(text[:10]) - date(1970, 1, 1)).days


@pytest.fixture(scope="module")
def nodes() -> tuple[list[Unit], np.ndarray]:
    """Nodes with two and four processors, and their failures as (unit, instant)."""
    folder = shared_data()
    with (folder / "lanl_units.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if fnmatchcase(row["model"], "cpu[248]x[24]")]
    units = [
        Unit(
            name=row["unit"],
            start_day=_day(row["start"]),
            end_day=_day(row["end"]),
            traits=(row["model"], row["cohort"]),
        )
        for row in rows
    ]
    index = {unit.name: at for at, unit in enumerate(units)}
    with (folder / "lanl_events.csv").open() as file:
        failures = [
            (index[row["unit"]], int(np.datetime64(row["time"].replace(" ", "T"), "us").astype(np.int64)))
            for row in csv.DictReader(file)
            if row["unit"] in index
        ]
    return units, np.array(failures)


@pytest.fixture(scope="module")
def records(nodes) -> Records:
    units, failures = nodes
    return assemble(units, [tuple(one) for one in failures.tolist()])


@pytest.fixture(scope="module")
def outcomes(records) -> list[CutOutcome]:
    return [backtest(records, until_day=_day(cut)) for cut in CUTS]


def _rankings(outcomes: list[CutOutcome], name: str) -> list[Ranking]:
    return [row for outcome in outcomes for row in outcome.rankings if row.name == name]


def _mean_lift(outcomes: list[CutOutcome], name: str) -> list[float]:
    return [float(one) for one in np.mean([row.lift for row in _rankings(outcomes, name)], axis=0)]


def test_the_devices_judged_are_those_of_the_published_set(outcomes) -> None:
    assert [one.devices for one in outcomes] == [2724, 4552, 4552]
    assert np.mean([one.failed_share for one in outcomes]) == pytest.approx(0.495, abs=0.01)


@pytest.mark.parametrize("name", ["rollcall", "ratio to peers"])
def test_next_year_s_failures_are_found_at_the_top(outcomes, name: str) -> None:
    lift = _mean_lift(outcomes, name)

    forecast = np.mean([row.forecast_over_actual or 0 for row in _rankings(outcomes, name)])
    assert lift[0] >= 5.8
    assert lift[1] >= 2.9
    assert 0.9 <= forecast <= 1.2


def test_those_named_fail_as_often_as_was_said(outcomes) -> None:
    assert 60 <= np.mean([outcome.replace.flagged for outcome in outcomes]) <= 105
    for outcome in outcomes:
        named = outcome.replace
        assert 45 <= named.flagged <= 105
        assert named.observed_over_expected >= 3.5
        assert named.observed_over_expected >= 0.9 * named.ratio
        assert named.failed_again >= 0.80


def test_oldest_first_is_worse_than_chance_and_raw_counts_are_as_published(outcomes) -> None:
    assert _mean_lift(outcomes, "oldest first")[1] == pytest.approx(0.7, abs=0.05)
    assert _mean_lift(outcomes, "raw count") == pytest.approx([6.12, 3.02, 2.22], abs=0.05)
    assert _mean_lift(outcomes, "raw rate") == pytest.approx([6.01, 3.02, 2.26], abs=0.05)
    assert np.mean([row.forecast_over_actual or 0 for row in _rankings(outcomes, "raw rate")]) > 1.6


def test_a_staggered_fleet_is_ranked_by_evidence_not_by_newness(records) -> None:
    ours, count, young, rate_young = [], [], [], []
    for seed in range(4):
        outcomes = [backtest(_staggered(records, _day(cut), seed), until_day=_day(cut)) for cut in CUTS]
        ours.append(_mean_lift(outcomes, "ratio to peers")[0])
        count.append(_mean_lift(outcomes, "raw count")[0])
        young += [row.young_share for row in _rankings(outcomes, "ratio to peers")]
        rate_young += [row.young_share for row in _rankings(outcomes, "raw rate")]

    assert np.mean(ours) >= np.mean(count) + 0.3
    assert (
        np.mean(young) <= 0.25
    )  # those that are young at the top are so for good reason: the lift rose with their share
    assert np.mean(rate_young) >= 0.7


def test_without_the_nodes_that_are_busy_by_role_the_top_still_fails_more(nodes) -> None:
    units, failures = nodes
    numbers = np.array([int(unit.name.partition("n")[2]) for unit in units])
    kept = np.flatnonzero(numbers % 32 != 0)
    place = np.full(len(units), -1)
    place[kept] = np.arange(len(kept))
    left = failures[place[failures[:, 0]] >= 0]
    few = assemble(
        [units[one] for one in kept], list(zip(place[left[:, 0]].tolist(), left[:, 1].tolist(), strict=True))
    )

    outcomes = [backtest(few, until_day=_day(cut)) for cut in CUTS]

    assert _mean_lift(outcomes, "ratio to peers")[1] >= 1.7


def test_every_failure_told_four_times_names_the_same(nodes, records) -> None:
    units, failures = nodes
    late = np.random.default_rng(1).integers(0, 24, (3, len(failures))) * HOUR_US
    again = np.concatenate([failures, *(failures + np.stack([0 * one, one], axis=1) for one in late)])
    repeated = assemble(units, [tuple(one) for one in again.tolist()])

    once, four = (_judge(one, _day(CUTS[2])).replace for one in (records, repeated))

    assert (once & four).sum() / (once | four).sum() >= 0.9


def test_a_month_that_struck_one_cohort_names_few_new_devices(nodes, records) -> None:
    units, failures = nodes
    random = np.random.default_rng(7)
    struck = np.array([at for at, unit in enumerate(units) if unit.traits[1] == "sys19"])
    extra = np.repeat(struck, random.poisson(1.5, len(struck)))
    at = (_day("2004-06-01") * DAY_US) + random.integers(0, 30 * DAY_US, len(extra))
    shocked = assemble(units, [tuple(one) for one in np.concatenate([failures, np.stack([extra, at], 1)]).tolist()])

    before, after = (_judge(one, _day(CUTS[2])).replace for one in (records, shocked))

    assert (after & ~before)[struck].sum() <= 5
    assert after.sum() > 0.5 * before.sum()


def test_equals_at_the_margin_share_what_is_found() -> None:
    score, values = np.array([3.0, 1.0, 1.0, 1.0]), np.array([2.0, 3.0, 0.0, 0.0])

    assert captured(score, values, 1) == 2
    assert captured(score, values, 2) == pytest.approx(3)
    assert captured(score, values, 4) == 5


def test_nothing_after_the_cut_is_looked_at(records) -> None:
    cut = _day(CUTS[1])
    known = records.incident_day < cut
    blind = replace(
        records,
        incident_device=records.incident_device[known],
        incident_day=records.incident_day[known],
        end_day=np.where(records.end_day > cut, cut + 1, records.end_day),
    )

    assert np.array_equal(_judge(records, cut).probability, _judge(blind, cut).probability)


def test_a_short_record_names_nobody() -> None:
    units = [Unit(name=f"u{one}", start_day=0, end_day=None, traits=("m",)) for one in range(50)]
    failures = [(one % 3, (one * 9 + 1) * DAY_US) for one in range(60)]

    outcome = backtest(assemble(units, failures), until_day=400)

    assert not outcome.is_enough
    assert outcome.replace.flagged == outcome.watch.flagged == 0


def _judge(records: Records, until_day: int) -> FleetJudgement:
    end = np.minimum(records.end_day, until_day)
    exposure = from_service(records.start_day, end, until_day=until_day)
    known = records.incident_day < until_day
    return judge_fleet(
        exposure,
        choose_peers(records.levels, exposure.sum(axis=1, dtype=np.float64)),
        {CHANNEL: (records.incident_device[known], records.incident_day[known])},
        until_day=until_day,
        in_service=records.end_day > until_day,
    )


def _staggered(records: Records, until_day: int, seed: int) -> Records:
    """Each node's history cut to 21 to 1,100 days before the cut, as if enrolled then."""
    random = np.random.default_rng(seed)
    seen = np.exp(random.uniform(np.log(21), np.log(1100), len(records.start_day))).astype(np.int64)
    start = np.where(
        records.start_day + 21 <= until_day, np.maximum(records.start_day, until_day - seen), records.start_day
    )
    kept = records.incident_day >= start[records.incident_device]
    return replace(
        records,
        start_day=start,
        incident_device=records.incident_device[kept],
        incident_day=records.incident_day[kept],
    )


def test_folding_is_done_before_counting(nodes, records) -> None:
    _, failures = nodes

    folded = fold_fleet(failures[:, 0], np.zeros(len(failures), dtype=np.int64), failures[:, 1])

    assert len(folded) == len(records.incident_day) < len(failures)
