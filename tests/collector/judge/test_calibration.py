"""The stated rates of wrong names hold on fleets whose truth is known; naive rules break them, which is the point."""

import numpy as np
import pytest

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.evidence import failure_evidence
from tests.support.fleets.arrays import MadeFleet, make_fleet


def _wrong_and_named(fleets: list[MadeFleet], *, watch: bool = False) -> tuple[int, int]:
    wrong = named = 0
    for fleet in fleets:
        judged = fleet.judge()
        chosen = judged.watch if watch else judged.replace
        wrong += int((chosen & (fleet.theta <= 1.5)).sum())
        named += int(chosen.sum())
    return wrong, named


@pytest.mark.parametrize("yearly", [0.5, 2.0])
def test_a_fleet_of_identical_devices_names_nobody(yearly: float) -> None:
    fleets = [make_fleet("null", devices=1000, yearly=yearly, seed=seed) for seed in range(100)]

    with_names = sum(bool(fleet.judge().replace.any()) for fleet in fleets)

    assert with_names <= 5


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["gamma", "lognormal", "lemons"])
@pytest.mark.parametrize("yearly", [0.5, 2.0])
def test_lists_hold_their_stated_share_of_wrong_names(truth, yearly: float) -> None:
    fleets = [make_fleet(truth, devices=1000, yearly=yearly, seed=seed) for seed in range(150)]
    fleets += [make_fleet(truth, devices=3000, yearly=yearly, seed=seed) for seed in range(1000, 1030)]

    wrong, named = _wrong_and_named(fleets)
    wrong_watched, watched = _wrong_and_named(fleets, watch=True)

    print(f"{truth} {yearly}/yr: {wrong} of {named} wrong (replace), {wrong_watched} of {watched} (watch)")
    assert named > 40
    assert wrong / named <= 0.05 + 0.03
    assert wrong_watched / watched <= 0.20 + 0.03


def test_small_schools_stay_near_their_stated_share() -> None:
    fleets = [make_fleet("gamma", devices=150, yearly=2, seed=seed, models=3) for seed in range(300)]

    wrong, named = _wrong_and_named(fleets)

    assert named > 50
    assert wrong / named <= 0.05 + 0.08


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["null", "gamma", "lognormal", "lemons"])
def test_ninety_percent_intervals_cover_the_truth_nine_times_in_ten(truth) -> None:
    inside = devices = 0
    for seed in range(15):
        fleet = make_fleet(truth, devices=1000, yearly=1, seed=seed)
        one = fleet.judge().channels["hardware"]
        lower, upper = posterior.interval(one.observed, one.expected, spread=one.spread)
        inside += int(((lower <= fleet.theta) & (fleet.theta <= upper)).sum())
        devices += len(fleet.theta)

    # That devices fail next to never, only the gamma holds for likely: some of the quietest lie under their interval.
    assert inside / devices >= 0.86
    # Where all devices are alike, or all but lemons, the fitted spread is narrow, and nearly every interval holds it.
    assert inside / devices <= (0.98 if truth == "lemons" else 0.96) or truth == "null"


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["gamma", "lognormal", "lemons"])
def test_ninety_percent_intervals_of_those_named_hold_the_truth(truth) -> None:
    held = named = 0
    for seed in range(20):
        fleet = make_fleet(truth, devices=1000, yearly=2, seed=seed)
        judged = fleet.judge()
        for device in np.flatnonzero(judged.replace | judged.watch).tolist():
            found = failure_evidence(judged, device)
            held += (found.low or 0.0) <= fleet.theta[device] <= (found.high or 0.0)
            named += 1

    assert named > 150
    assert held / named >= 0.85
    # Made-up lemons are all equally bad: nearly every one is held, and only who is none is missed.
    assert held / named <= (0.98 if truth == "lemons" else 0.95)


def test_enough_truly_bad_devices_are_found_at_two_incidents_a_year() -> None:
    fleets = [make_fleet("lemons", devices=3000, yearly=2, seed=seed) for seed in range(5)]

    found = sum(int((fleet.judge().replace & (fleet.theta > 1.5)).sum()) for fleet in fleets)
    bad = sum(int((fleet.theta > 1.5).sum()) for fleet in fleets)

    assert found / bad >= 0.10


def test_naive_rules_name_the_innocent() -> None:
    null = make_fleet("null", devices=5000, yearly=0.5, seed=1)
    mixed = [make_fleet("gamma", devices=3000, yearly=0.5, seed=seed) for seed in range(5)]

    count = np.bincount(null.device, minlength=5000)
    expected = null.judge().channels["hardware"].expectation.expected
    doubled, thrice = int((count > 2 * expected).sum()), int((count >= 3).sum())
    wrong = named = 0
    for fleet in mixed:
        top = max(1, int(fleet.judge().replace.sum()))
        rate = np.bincount(fleet.device, minlength=3000) / fleet.years
        worst = np.argsort(-rate)[:top]
        wrong += int((fleet.theta[worst] <= 1.5).sum())
        named += top

    print(
        f"red reference, 5,000 identical devices: rate over twice its peers names {doubled}, three incidents {thrice}"
    )
    print(f"red reference, same number by raw rate: {wrong} of {named} wrong")
    assert null.judge().replace.sum() == 0
    assert doubled > 200
    assert thrice > 50
    assert wrong / named >= 0.3
