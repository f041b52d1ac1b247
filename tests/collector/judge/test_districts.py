"""Whole make-believe districts, told and judged: names on the lists are as right as was promised.

In them disks die, batteries fade, one update is bad for a model, pupils break screens: none of that may name a device
that fails no more often than its model does.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binom

from rollcall_agent.simulator.life.device import Spread
from rollcall_agent.simulator.truth import UNRELIABLE_THETA
from rollcall_collector.judge.fleet import WholeJudgement, judge_whole
from tests.support.fleets.make_believe import school_year
from tests.support.fleets.told_fleet import history_of

pytestmark = pytest.mark.slow
DEVICES = 1000
SPREADS: tuple[Spread, ...] = "lemons", "lognormal"
DISTRICTS = tuple((spread, seed) for spread in SPREADS for seed in (1, 2, 3))

MOST_WRONG = {"replace": 0.05 + 0.03, "watch": 0.20 + 0.05}
"""The share of wrong names that may be: what the lists promise and a little; so few names are held to it by chance too."""


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


def _district(spread: Spread, seed: int) -> Judged:
    year = school_year.__wrapped__(DEVICES, seed=seed, spread=spread)
    natures = [life.device.nature for life in year.lives]
    return Judged(
        whole=judge_whole(history_of(year)),
        is_bad=np.array([one.theta > UNRELIABLE_THETA for one in natures]),
        has_dying_disk=np.array([one.dying_disk_from is not None for one in natures]),
    )


def test_wrong_names_are_as_few_as_was_promised_and_truly_bad_devices_are_named() -> None:
    districts = [_district(spread, seed) for spread, seed in DISTRICTS]

    named, wrong = {}, {}
    for listed in ("replace", "watch"):
        named[listed] = sum(int(one.names(listed).sum()) for one in districts)
        wrong[listed] = sum(int((one.names(listed) & ~one.is_bad).sum()) for one in districts)
    lemons = [one for one, (spread, _) in zip(districts, DISTRICTS, strict=True) if spread == "lemons"]
    found = sum(int(((one.names("replace") | one.names("watch")) & one.is_bad).sum()) for one in lemons)
    bad = sum(int(one.is_bad.sum()) for one in lemons)

    print(f"wrong {wrong} of {named} names in {len(districts)} x {DEVICES} devices; {found} of {bad} lemons named")
    assert min(named.values()) >= 5
    for listed, share in MOST_WRONG.items():
        assert wrong[listed] <= binom.ppf(0.95, named[listed], share), listed
    assert found / bad >= 0.05  # at half an incident a year one in twenty can be named


def test_a_district_of_devices_all_alike_names_nobody() -> None:
    district = _district("alike", 1)

    assert district.names("replace").sum() == district.names("watch").sum() == 0
