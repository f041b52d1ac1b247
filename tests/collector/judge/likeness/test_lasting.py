"""A device that was cured is not bad for ever; one that is bad by luck or for good is not excused."""

import numpy as np
import pytest

from rollcall_collector.judge.likeness.lasting import MonthlyRecord, still_bad
from rollcall_collector.judge.likeness.spread import Spread
from tests.support.fleets.wild import INDEPENDENT, WILD, make_wild

CURED = next(kind for kind in WILD if kind.said.startswith("bad ones cured"))
USUAL = Spread.gamma(1.5)


def _record(*months: list[int]) -> MonthlyRecord:
    observed = np.array(months, dtype=np.float64)
    return MonthlyRecord(
        observed=observed, expected=np.full(observed.shape, 0.2), years=np.full(observed.shape, 30 / 365.25)
    )


def test_whose_troubles_all_lie_long_ago_is_not_bad_for_ever() -> None:
    quiet, lasting = [0] * 12 + [2] * 12, [1] * 24
    fleet = _record(*[quiet] * 20, *[lasting] * 20)

    still = still_bad(fleet, np.full(40, 0.99), USUAL, threshold=1.5)

    assert still[:20].max() < 0.2
    assert still[20:].min() == 1


def test_a_quiet_end_is_luck_where_nobody_else_was_cured() -> None:
    quiet, lasting = [0] * 8 + [1] * 16, [1, 0, 1, 1] * 6
    fleet = _record(quiet, *[lasting] * 60)

    still = still_bad(fleet, np.full(61, 0.99), USUAL, threshold=1.5)

    assert still.tolist() == [1] * 61


def test_who_became_worse_is_not_excused_for_its_good_past() -> None:
    fleet = _record(*[[2] * 6 + [0] * 18] * 30)

    still = still_bad(fleet, np.full(30, 0.99), USUAL, threshold=1.5)

    assert still.min() == 1


def test_who_is_on_no_list_is_not_asked() -> None:
    fleet = _record(*[[0] * 12 + [2] * 12] * 30)

    still = still_bad(fleet, np.full(30, 0.1), USUAL, threshold=1.5)

    assert still.tolist() == [1] * 30


def test_cured_devices_leave_the_list_that_their_past_would_keep_them_on() -> None:
    fleets = [make_wild(CURED, 10, "null", seed=seed) for seed in range(500, 503)]

    judged = [fleet.judge().channels["hardware"] for fleet in fleets]

    named_for_ever = sum(int((one.probability / one.trust > 0.95).sum()) for one in judged)
    named = sum(int((one.probability > 0.95).sum()) for one in judged)
    assert named_for_ever >= 30
    assert named <= 0.75 * named_for_ever


@pytest.mark.parametrize("truth", ["gamma", "lognormal", "lemons"])
def test_where_devices_stay_what_they_are_nothing_is_taken_from_what_they_say(truth) -> None:
    fleets = [make_wild(INDEPENDENT, 2, truth, seed=seed) for seed in range(500, 503)]

    trust = [fleet.judge().channels["hardware"].trust for fleet in fleets]

    assert [one.min() for one in trust] == [1, 1, 1]
