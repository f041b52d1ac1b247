"""A model is called better or worse only where it is: not for its luck, nor for the school it happens to be at."""

import numpy as np
import pytest

from rollcall_collector.judge.models.comparison import SchoolTally, compare
from tests.support.judged.modelled import MIXES, Mix, equal, make_modelled

FLEETS = 6
ALIKE = [mix for mix in MIXES if set(mix.times) == {1.0} and not mix.unlike]


@pytest.mark.parametrize("mix", ALIKE, ids=lambda mix: mix.said)
def test_of_equal_models_none_is_called_wherever_they_stand(mix: Mix) -> None:
    fleets = [make_modelled(mix, seed) for seed in range(FLEETS)]

    wrong = sum(fleet.wrong(fleet.call()) for fleet in fleets)
    by_interval = sum(fleet.wrong(fleet.call_by_interval()) for fleet in fleets)

    assert wrong <= 0.01 * FLEETS * len(mix.times)
    assert by_interval > wrong, "these fleets do not tempt"


@pytest.mark.parametrize("mix", [mix for mix in MIXES if mix not in ALIKE], ids=lambda mix: mix.said)
def test_of_unlike_models_at_most_one_call_in_twenty_is_wrong_and_some_are_made(mix: Mix) -> None:
    fleets = [make_modelled(mix, seed) for seed in range(FLEETS)]

    calls = [fleet.call() for fleet in fleets]

    made = sum(one in ("above", "below") for called in calls for one in called)
    assert made >= 0.7 * FLEETS
    assert sum(fleet.wrong(called) for fleet, called in zip(fleets, calls, strict=True)) <= max(1, 0.05 * made)


def test_a_model_at_one_loud_school_is_not_called_and_the_same_model_spread_out_is() -> None:
    """Twice the incidents: at one school that is twice as loud for others too, or at all of ten."""
    loud = make_modelled(Mix(said="", times=equal(6)), 0)
    home = loud.model == 0
    site = np.where(home, 0, loud.site)
    at_home, elsewhere = 2.0 * (site == 0), 2.0 * home

    def likely(times: np.ndarray, site: np.ndarray) -> float:
        incidents = np.random.default_rng(0).poisson(np.maximum(times, 1.0) * loud.days / 365.25)
        found = compare(SchoolTally.of(loud.model, site, incidents, loud.days / 365.25, np.ones(6)))
        return float(found.more[0])

    assert likely(at_home, site) < 0.7
    assert likely(elsewhere, loud.site) > 0.95


def test_its_own_devices_are_no_part_of_what_a_model_is_compared_with() -> None:
    """Nine tenths of all devices are of one model: beside itself it would hardly differ."""
    model = np.repeat([0, 1], [900, 100])
    incidents = np.where(model == 0, np.arange(1000) % 2, np.arange(1000) % 10 == 0)

    found = compare(SchoolTally.of(model, np.zeros(1000, dtype=np.int64), incidents, np.ones(1000), np.ones(2)))

    assert found.others.tolist() == [0.1, 0.5]
    assert found.more[0] > 0.99
    assert found.less[1] > 0.99


def test_the_interval_beside_the_others_holds_the_truth() -> None:
    mix = next(mix for mix in MIXES if mix.unlike and mix.schools)
    held = []
    for seed in range(FLEETS):
        fleet = make_modelled(mix, seed)
        extra = np.full(len(fleet.times), 2.0)
        found = compare(SchoolTally.of(fleet.model, fleet.site, fleet.incidents, fleet.days / 365.25, extra))
        truth = fleet.times / ((fleet.times.sum() - fleet.times) / (len(fleet.times) - 1))
        held += ((found.low <= truth) & (truth <= found.high)).tolist()

    assert 0.82 <= np.mean(held) <= 0.99
