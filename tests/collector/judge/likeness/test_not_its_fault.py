"""What a device has from its hours, its school, its small model or its other kinds is not charged to it."""

from dataclasses import replace

import numpy as np
import pytest

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.reliability import FleetJudgement
from rollcall_collector.judge.likeness.kinds_together import Counts, shared_variance, spreads_together, told_first
from rollcall_collector.judge.likeness.shared_rates import fit_shared_rates
from rollcall_collector.judge.likeness.spread import Spread
from tests.support.fleets.wild import INDEPENDENT, WILD, Kind, WildFleet, make_wild


def _kind(said: str) -> Kind:
    return next(one for one in WILD if one.said.startswith(said))


def _judge(said: str, truth, *, seeds: range = range(500, 503)) -> tuple[list[WildFleet], list[FleetJudgement]]:
    fleets = [make_wild(_kind(said), _kind(said).strengths[-1], truth, seed=seed) for seed in seeds]
    return fleets, [fleet.judge() for fleet in fleets]


@pytest.mark.parametrize(
    "said", ["one school reports", "network at one school", "models of 5", "a tenth used", "cannot tell"]
)
def test_identical_devices_are_not_named_for_what_is_not_theirs(said: str) -> None:
    _, judged = _judge(said, "null")

    assert sum(int(one.replace.sum()) for one in judged) <= 1
    assert sum(int(one.watch.sum()) for one in judged) <= 6


def test_without_its_school_a_loud_school_s_devices_would_be_named() -> None:
    fleets, _ = _judge("one school reports", "null")

    named = [replace(fleet, site=np.zeros(1000, dtype=np.int64)).judge().replace for fleet in fleets]

    assert sum(int(one.sum()) for one in named) > 20


def test_without_hours_the_busy_would_be_named() -> None:
    fleets, _ = _judge("a tenth used", "null")

    named = [replace(fleet, hours=np.full(1000, np.nan)).judge().replace for fleet in fleets]

    assert sum(int(one.sum()) for one in named) > 100


def test_hours_that_say_nothing_of_failures_change_no_list() -> None:
    fleet = make_wild(INDEPENDENT, 2, "gamma", seed=501)
    odd = replace(fleet, hours=5 * np.random.default_rng(1).lognormal(0, 0.7, 1000))

    plain, told = (one.judge().replace for one in (fleet, odd))

    assert (plain & told).sum() / (plain | told).sum() >= 0.8


def test_a_loud_school_is_measured_and_a_quiet_fleet_has_none() -> None:
    _, loud = _judge("one school reports", "gamma")
    quiet = make_wild(INDEPENDENT, 1, "gamma", seed=501).judge().channels["hardware"].sites

    for one in loud:
        sites = one.channels["hardware"].sites
        assert sites is not None
        assert sites.times[0] / np.median(sites.times[1:]) == pytest.approx(5, rel=0.35)
    assert quiet is not None
    assert abs(np.log(quiet.times)).max() < 0.3


def test_groups_that_do_not_differ_are_left_alone_and_two_are_needed() -> None:
    random = np.random.default_rng(3)
    observed, group = random.poisson(2, 600), np.repeat(np.arange(6), 100)

    alike = fit_shared_rates(observed, np.full(600, 2.0), group, groups=6, shape=50.0)
    alone = fit_shared_rates(observed, np.full(600, 1.0), np.zeros(600, dtype=np.int64), groups=1, shape=50.0)

    assert abs(np.log(alike.times)).max() < 0.12
    assert alone.times.tolist() == [1.0]


def test_a_group_of_few_devices_is_drawn_to_the_others_and_its_doubt_is_large() -> None:
    random = np.random.default_rng(4)
    rates = random.lognormal(0, 0.6, 80)
    group = np.append(np.repeat(np.arange(80), 40), [80, 80])
    observed = np.append(random.poisson(rates[group[:-2]]), [3, 3])

    found = fit_shared_rates(observed, np.ones(len(group)), group, groups=81, shape=50.0)

    assert found.spread == pytest.approx(0.6, abs=0.15)
    assert np.corrcoef(np.log(found.times[:80]), np.log(rates))[0, 1] > 0.9
    assert 1 < found.times[80] < 3
    assert found.doubt[80] > 2 * np.median(found.doubt[:80])


def test_quiet_kinds_speak_for_a_device_and_never_against_it() -> None:
    random = np.random.default_rng(5)
    theta = random.gamma(1.5, 1 / 1.5, 3000)
    shared = {
        name: Counts(observed=random.poisson(theta), expected=np.ones(3000), shape=1.5)
        for name in ("crash", "network")
    }
    apart = {
        name: Counts(observed=random.poisson(random.gamma(1.5, 1 / 1.5, 3000)), expected=np.ones(3000), shape=1.5)
        for name in ("crash", "network")
    }

    spread = spreads_together(shared)["crash"]

    assert shared_variance(shared) == pytest.approx(1 / 1.5, rel=0.2)
    assert shared_variance(apart) < 0.1
    other, is_more = shared["network"].observed, shared["crash"].observed > 1
    is_spoken_for = is_more & (other == 0)
    assert is_spoken_for.sum() > 50
    assert spread.means[is_spoken_for, 0] == pytest.approx(1.5 / (1.5 + 1), rel=0.15)
    assert spread.means[~is_spoken_for] == pytest.approx(1)


def test_nobody_is_accused_by_the_form_of_a_gamma_where_the_fleet_s_own_spread_says_less() -> None:
    kind = make_wild(INDEPENDENT, 2, "lemons", seed=500).judge().channels["hardware"]
    own = Spread(weights=np.ones(1), means=np.full((1000, 1), 0.95), shapes=np.full((1000, 1), 2.0))

    judged = kind.judge_beside(own, 1.5)

    by_gamma = posterior.judge(kind.observed, kind.expected, spread=own, doubt=kind.doubt)
    by_form = (by_gamma.probability > 0.5) & (by_gamma.probability * kind.trust > kind.probability)
    assert len(kind.spread.weights) > 1
    assert 5 < by_form.sum() < 200
    assert judged.probability == pytest.approx(np.where(by_form, kind.probability, by_gamma.probability * kind.trust))
    assert judged.ratio == pytest.approx(np.where(by_form, kind.ratio, by_gamma.ratio))
    assert judged.spread.tell() == kind.spread.tell()
    again = posterior.judge(judged.observed, judged.expected, spread=judged.spread, doubt=judged.doubt)
    assert again.ratio == pytest.approx(judged.ratio)
    highs = [
        posterior.interval(kind.observed, kind.expected, spread=one, doubt=kind.doubt)[1]
        for one in (judged.spread, kind.spread, own)
    ]
    assert highs[0] == pytest.approx(np.where(by_form, highs[1], highs[2]))


def test_a_trouble_belongs_to_the_kind_that_told_it_first() -> None:
    crash = (np.array([0, 0, 1]), np.array([100, 200, 50]))
    network = (np.array([0, 0, 1]), np.array([101, 300, 90]))

    found = told_first({"network": network, "crash": crash}, gap_days=3)

    assert [one.tolist() for one in found["crash"]] == [[0, 0, 1], [100, 200, 50]]
    assert [one.tolist() for one in found["network"]] == [[0, 1], [300, 90]]
