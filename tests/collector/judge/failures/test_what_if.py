"""Lists under another rule: the same choice as the fleet's judging, from its numbers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.what_if import NOBODY, ask_threshold, relist
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import Judgement
from tests.support.fleets.arrays import make_fleet

RULE = Parameters()
SHAPE = 1.6


def _row(
    device: int, observed: int, expected: float, *, channel: str = "crash", weeks: int | None = None
) -> Judgement:
    judged = posterior.judge(
        np.array([observed]), np.array([expected]), spread=Spread.gamma(SHAPE), threshold=RULE.threshold
    )
    return Judgement(
        device=device,
        channel=channel,
        observed=observed,
        weeks=observed if weeks is None else weeks,
        expected=expected,
        ratio=float(judged.ratio[0]),
        low=None,
        high=None,
        probability=float(judged.probability[0]),
        forecast_yearly=1.0,
    )


def _by_device(rows: Iterable[Judgement]) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    for row in rows:
        found[row.device].append(row)
    return found


def test_the_lists_are_those_of_the_fleets_judging() -> None:
    fleet = make_fleet("lemons", devices=1_000, yearly=2, seed=3)
    judged = fleet.judge()
    one = judged.channels["hardware"]
    rows = [
        replace(
            _row(device, int(one.observed[device]), 1.0, channel="hardware", weeks=int(one.weeks[device])),
            probability=float(one.probability[device]),
        )
        for device in np.flatnonzero(one.observed).tolist()
    ]
    days = {device: int(judged.active_days[device]) for device in range(1_000)}

    lists = relist(_by_device(rows), days, parameters=RULE)

    assert lists.replace == set(np.flatnonzero(judged.replace).tolist())
    assert lists.watch == set(np.flatnonzero(judged.watch).tolist())
    assert len(lists.replace) >= 5


def test_a_stricter_threshold_names_fewer_and_a_larger_share_more() -> None:
    rows = [_row(device, 2 + device % 9, 0.8) for device in range(200)]
    days = dict.fromkeys(range(200), 200)

    usual = relist(_by_device(rows), days, parameters=RULE)
    strict = relist(
        ask_threshold(_by_device(rows), 3.0, shapes={"crash": SHAPE}, judged_by=RULE.threshold),
        days,
        parameters=replace(RULE, threshold=3.0),
    )
    lax = relist(_by_device(rows), days, parameters=replace(RULE, replace_fdr=0.2))

    assert strict.replace < usual.replace < lax.replace


def test_the_threshold_asked_again_gives_the_same_numbers() -> None:
    rows = [_row(1, 5, 0.8), _row(1, 2, 0.3, channel="update"), _row(2, 1, 0.8)]

    asked = ask_threshold(
        _by_device(rows), RULE.threshold, shapes={"crash": SHAPE, "update": SHAPE}, judged_by=RULE.threshold
    )

    assert asked == _by_device(rows)


def test_too_few_weeks_or_days_keep_a_device_off_every_list() -> None:
    rows = [_row(1, 9, 0.5, weeks=1), _row(2, 9, 0.5), _row(3, 9, 0.5)]

    lists = relist(_by_device(rows), {1: 200, 2: 59, 3: 60}, parameters=RULE)

    assert lists.replace == {3}
    assert lists.watch == set()


def test_the_flexible_prior_answers_for_its_own_threshold_only() -> None:
    with pytest.raises(ValueError, match="crash"):
        ask_threshold(_by_device([_row(1, 5, 0.8)]), 2.0, shapes={"crash": None}, judged_by=RULE.threshold)


def test_without_incidents_nobody_is_listed() -> None:
    assert relist({}, {}, parameters=RULE) == NOBODY
