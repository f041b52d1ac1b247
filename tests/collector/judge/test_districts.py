"""Whole make-believe districts, told and judged: names on the lists are as right as was promised.

In them disks die, batteries fade, one update is bad for a model, pupils break screens: none of that may name a device
that fails no more often than its model does.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from rollcall_agent.simulator.device import Spread
from rollcall_agent.simulator.truth import UNRELIABLE_THETA
from rollcall_collector.judge.whole import WholeJudgement, judge_whole
from tests.support.make_believe import school_year
from tests.support.told_fleet import history_of

pytestmark = pytest.mark.xdist_group("school years")
"""They take seconds to make: all tests that do stay in one process."""
DEVICES = 1000
DISTRICTS: tuple[tuple[Spread, int], ...] = (("lemons", 1), ("lemons", 2), ("lognormal", 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One district's judging, and for each device whether it truly fails too often, or has a disk that dies."""

    whole: WholeJudgement
    is_bad: np.ndarray
    has_dying_disk: np.ndarray

    def names(self, listed: str) -> np.ndarray:
        """Who stands on a list, those apart whom their dying disk accuses: a rule of its own has said so already."""
        failures = self.whole.failures
        on_it = failures.replace if listed == "replace" else failures.watch
        storage = failures.channels.get("storage")
        if storage is None:
            return on_it
        by_disk = (storage.probability == failures.probability) & self.has_dying_disk
        return np.asarray(on_it & ~by_disk)


@cache
def _district(spread: Spread, seed: int) -> Judged:
    year = school_year.__wrapped__(DEVICES, seed=seed, spread=spread)
    natures = [life.device.nature for life in year.lives]
    return Judged(
        whole=judge_whole(history_of(year)),
        is_bad=np.array([one.theta > UNRELIABLE_THETA for one in natures]),
        has_dying_disk=np.array([one.dying_disk_from is not None for one in natures]),
    )


@pytest.mark.parametrize(("listed", "promised"), [("replace", 0.05), ("watch", 0.20)])
def test_wrong_names_are_as_few_as_was_promised(listed: str, promised: float) -> None:
    districts = [_district(spread, seed) for spread, seed in DISTRICTS]

    names = sum(int(one.names(listed).sum()) for one in districts)
    wrong = sum(int((one.names(listed) & ~one.is_bad).sum()) for one in districts)

    print(f"{listed}: {wrong} of {names} names are wrong in {len(districts)} districts of {DEVICES} devices")
    assert names >= 5
    assert wrong / names <= promised + 0.03


def test_some_of_the_truly_bad_are_named() -> None:
    districts = [_district(spread, seed) for spread, seed in DISTRICTS if spread == "lemons"]

    found = sum(int(((one.names("replace") | one.names("watch")) & one.is_bad).sum()) for one in districts)
    bad = sum(int(one.is_bad.sum()) for one in districts)

    print(f"{found} of {bad} truly bad devices are named")
    assert found / bad >= 0.05  # at half an incident a year one in twenty can be named


def test_a_district_of_devices_all_alike_names_nobody() -> None:
    district = _district("alike", 1)

    assert district.names("replace").sum() == district.names("watch").sum() == 0
