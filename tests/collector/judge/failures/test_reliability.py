"""Judging a fleet: invariances, gates, shocks, retired devices, and the honest refusal to judge too little."""

from dataclasses import replace

import numpy as np
import pytest

from rollcall_collector.judge.arrays import DAY_US, HOUR_US
from rollcall_collector.judge.failures.cohort import choose_peers, encode
from rollcall_collector.judge.failures.expected import Rates, by_others, count_cells, expect
from rollcall_collector.judge.failures.exposure import bin_of, from_active_days, from_service
from rollcall_collector.judge.failures.forecast import recent_rates
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.failures.reliability import FleetJudgement, Lists, judge_fleet
from rollcall_collector.judge.failures.shock_cells import have_passed
from rollcall_collector.judge.parameters import Parameters
from tests.support.fleets.arrays import UNTIL, MadeFleet, make_fleet


@pytest.fixture(scope="module")
def fleet() -> MadeFleet:
    return make_fleet("gamma", devices=3000, yearly=2, seed=11)


def _judge(fleet: MadeFleet, **changed) -> FleetJudgement:
    incidents = {"hardware": (fleet.device, fleet.day)}
    settings = {"until_day": UNTIL, "in_service": np.ones(len(fleet.theta), dtype=np.bool_), **changed}
    return judge_fleet(fleet.exposure, fleet.peers, incidents, **settings)


def _shared(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_the_order_of_devices_changes_nothing(fleet) -> None:
    order = np.random.default_rng(1).permutation(len(fleet.theta))
    place = np.argsort(order)
    peers = choose_peers([level[order] for level in fleet.peers.levels], fleet.exposure[order].sum(axis=1))
    mixed = replace(fleet, exposure=fleet.exposure[order], peers=peers, device=place[fleet.device])

    before, after = _judge(fleet), _judge(mixed)

    assert before.replace.any()
    assert np.array_equal(before.replace[order], after.replace)
    assert np.allclose(before.probability[order], after.probability, rtol=1e-4)


def test_expected_counts_add_up_to_the_observed_in_every_cohort(fleet) -> None:
    one = _judge(fleet).channels["hardware"]

    model = fleet.peers.levels[0]
    observed = np.bincount(model, weights=one.observed)
    expected = np.bincount(model, weights=one.expected)

    assert np.allclose(observed, expected, rtol=0.03)


def test_a_device_is_not_its_own_peer() -> None:
    peers = choose_peers([np.zeros(40, dtype=np.int64)], np.full(40, 365.0))
    observed, expected = np.full(40, 2), np.full(40, 2.5)
    observed[0] = 22

    alone, doubt = by_others(observed, expected, peers, shape=1.5)
    sure = by_others(100 * observed, 100 * expected, peers, shape=1e9)[1]

    assert alone[0] == pytest.approx(2)
    assert (alone[1:] > 2.5).all()
    assert doubt[0] == pytest.approx(np.sqrt((1 + 2.5 / 1.5) / (39 * 2.5)))
    assert (sure < doubt).all()


def test_a_device_without_incidents_is_never_named(fleet) -> None:
    judged = _judge(fleet)

    quiet = judged.channels["hardware"].observed == 0

    assert not (judged.replace | judged.watch)[quiet].any()


def test_names_need_two_weeks_and_sixty_days(fleet) -> None:
    judged = _judge(fleet)

    listed = judged.replace | judged.watch

    assert listed.any()
    assert judged.channels["hardware"].weeks[listed].min() >= 2
    assert judged.active_days[listed].min() >= 60


def test_every_failure_told_four_times_names_the_same(fleet) -> None:
    random = np.random.default_rng(2)
    at = fleet.day * DAY_US + random.integers(0, DAY_US, len(fleet.day))
    again = np.concatenate([at + late * HOUR_US for late in (0, 5, 11, 23)])
    device, channel = np.tile(fleet.device, 4), np.zeros(4 * len(at), dtype=np.int64)

    once = fold_fleet(fleet.device, channel[: len(at)], at)
    four = fold_fleet(device, channel, again)
    lists = [_judge(replace(fleet, device=one.device, day=one.start_us // DAY_US)).replace for one in (once, four)]
    uncollapsed = _judge(replace(fleet, device=device, day=again // DAY_US)).replace

    assert lists[0].sum() > 30
    assert _shared(*lists) >= 0.9
    assert uncollapsed.sum() > 2 * lists[0].sum()


def test_a_shock_to_the_whole_cohort_is_named_and_charged_to_nobody(fleet) -> None:
    random = np.random.default_rng(3)
    struck = np.flatnonzero((fleet.peers.levels[0] == 4) & (fleet.exposure[:, 3] > 0))
    extra = np.repeat(struck, random.poisson(1.5, len(struck)))
    shocked = replace(
        fleet,
        device=np.append(fleet.device, extra),
        day=np.append(fleet.day, UNTIL - 1 - random.integers(90, 120, len(extra))),
    )
    before, after = _judge(fleet), _judge(shocked)
    pooled = choose_peers([np.zeros(len(fleet.theta), dtype=np.int64)], fleet.exposure.sum(axis=1))
    careless = _judge(replace(shocked, peers=pooled), parameters=Parameters(bin_days=730, gap_hours=3000))

    new = (after.replace & ~before.replace)[struck].sum()
    careless_new = (careless.replace & ~before.replace)[struck].sum()
    rates = after.channels["hardware"].expectation.rates[0]
    assert rates is not None
    assert np.argwhere(rates.is_shock).tolist() == [[4, 3]]
    assert new <= 5
    assert careless_new > 5


def test_one_device_s_bad_month_is_not_excused_as_its_cohort_s(fleet) -> None:
    lemon = int(np.flatnonzero(fleet.exposure.sum(axis=1) > 600)[0])
    month = replace(
        fleet,
        device=np.append(fleet.device, np.full(40, lemon)),
        day=np.append(fleet.day, UNTIL - 1 - np.arange(40) % 60),
    )

    judged = _judge(month)

    rates = judged.channels["hardware"].expectation.rates[0]
    assert rates is not None
    assert not rates.is_shock.any()
    assert judged.replace[lemon]


def test_retired_devices_speak_for_their_cohort() -> None:
    random = np.random.default_rng(4)
    batch = np.repeat([0, 1], 1000)
    retired = (batch == 0) & (random.random(2000) < 0.5)
    start, end = np.full(2000, UNTIL - 730), np.where(retired, UNTIL - 200, UNTIL)
    exposure = from_service(start, end, until_day=UNTIL)
    bad, good = np.flatnonzero(retired), random.integers(1000, 2000, 100)
    device = np.concatenate([bad, bad, good])
    day = UNTIL - random.integers(201, 730, len(device))
    bins = bin_of(day, until_day=UNTIL)

    peers = choose_peers([batch], exposure.sum(axis=1))
    with_retired = expect(exposure, peers, count_cells(exposure, peers, device, bins)).expected
    living = ~retired
    kept = living[device]
    renumbered = np.cumsum(living) - 1
    left = choose_peers([batch[living]], exposure[living].sum(axis=1))
    cells = count_cells(exposure[living], left, renumbered[device[kept]], bins[kept])
    without = expect(exposure[living], left, cells).expected

    survivors = living & (batch == 0)
    assert with_retired[survivors].mean() > 5 * with_retired[batch == 1].mean()
    assert without[batch[living] == 0].mean() < without[batch[living] == 1].mean()


def test_retired_devices_are_never_listed(fleet) -> None:
    first = _judge(fleet)
    gone = ~first.replace

    judged = _judge(fleet, in_service=gone, before=Lists(replace=first.replace, watch=first.watch))

    assert not (judged.replace | judged.watch)[first.replace].any()


def test_new_devices_do_not_crowd_the_top() -> None:
    fleet = make_fleet("gamma", devices=5000, yearly=0.5, seed=6)

    judged = fleet.judge()

    top = np.argsort(-judged.channels["hardware"].ratio)[:50]
    raw = np.argsort(-np.bincount(fleet.device, minlength=5000) / fleet.years)[:50]
    assert (fleet.years[top] < 90 / 365).mean() <= 0.15
    assert (fleet.years[raw] < 90 / 365).mean() > 0.5


@pytest.mark.parametrize(
    ("incidents", "days", "is_enough"), [(199, 730, False), (200, 730, True), (400, 170, False), (400, 200, True)]
)
def test_too_little_is_not_enough_evidence(incidents: int, days: int, is_enough: bool) -> None:
    exposure = from_service(np.full(300, UNTIL - days), np.full(300, UNTIL), until_day=UNTIL)
    device = np.append(np.repeat([1, 2, 3], 20), np.arange(incidents - 60) % 300)
    day = UNTIL - 1 - np.arange(incidents) * 8 % days
    peers = choose_peers([np.zeros(300, dtype=np.int64)], exposure.sum(axis=1))

    judged = judge_fleet(
        exposure, peers, {"hardware": (device, day)}, until_day=UNTIL, in_service=np.ones(300, dtype=np.bool_)
    )

    assert judged.is_enough is is_enough
    assert bool(judged.replace.any()) is is_enough
    assert judged.incident_count == incidents


def test_small_cohorts_borrow_their_model_s_peers() -> None:
    model = encode(["A"] * 100 + ["B"] * 5)
    year = encode(["A"] * 100 + ["B"] * 5, ["2023"] * 95 + ["2024"] * 5 + ["2023"] * 5)

    peers = choose_peers([year, model, np.zeros(105, dtype=np.int64)], np.full(105, 300.0))

    assert peers.chosen.tolist() == [0] * 95 + [1] * 5 + [2] * 5


def test_active_days_fall_into_months_counted_back_from_tonight() -> None:
    device = np.array([0, 0, 0, 0, 1, 1])
    day = np.array([UNTIL - 1, UNTIL - 1, UNTIL - 30, UNTIL - 31, UNTIL, UNTIL - 731])

    exposure = from_active_days(device, day, devices=2, until_day=UNTIL)

    assert exposure.shape == (2, 25)
    assert exposure[0, :3].tolist() == [2, 1, 0]
    assert exposure[1].sum() == 0
    assert bin_of(day, until_day=UNTIL).tolist() == [0, 0, 0, 1, -1, -1]


def test_a_bad_update_is_no_forecast_but_wear_that_goes_on_is() -> None:
    is_shock = np.array([[False, False, True, False], [True, True, False, True]])

    passed = have_passed(is_shock)

    assert passed.tolist() == [[False, False, True, False], [False, False, False, True]]


def test_the_forecast_follows_the_peers_of_late() -> None:
    quiet_lately = Rates(
        mean=np.array([1.0]),
        by_bin=np.ones((1, 24)),
        observed=np.append(np.zeros(12), np.full(12, 40.0))[None, :],
        years=np.full((1, 24), 20.0),
        is_shock=np.zeros((1, 24), dtype=np.bool_),
    )

    recent = recent_rates(quiet_lately)[0]

    assert 0.3 < recent < 0.6
