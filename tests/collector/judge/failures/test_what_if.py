"""Lists under another rule: the same choice as the fleet's judging, from its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.what_if import JudgedRates, ask_threshold, draw_among, list_contenders
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


def _rates(rows: Sequence[Judgement]) -> JudgedRates:
    return JudgedRates.of(*([getattr(row, name) for row in rows] for name in JudgedRates.__slots__))


def _draw(
    rates: JudgedRates, days: Mapping[int, int], parameters: Parameters = RULE
) -> tuple[frozenset[int], frozenset[int]]:
    active = np.array([days[device] for device in rates.device.tolist()], dtype=np.int64)
    return draw_among(list_contenders(rates, active, parameters=parameters), parameters=parameters)


def test_the_lists_are_those_of_the_fleets_judging() -> None:
    fleet = make_fleet("lemons", devices=1_000, yearly=2, seed=3)
    judged = fleet.judge()
    one = judged.channels["hardware"]
    rows = [
        _row(device, int(one.observed[device]), 1.0, channel="hardware", weeks=int(one.weeks[device]))._replace(
            probability=float(one.probability[device])
        )
        for device in np.flatnonzero(one.observed).tolist()
    ]
    days = {device: int(judged.active_days[device]) for device in range(1_000)}

    named, watched = _draw(_rates(rows), days)

    assert named == set(np.flatnonzero(judged.replace).tolist())
    assert watched == set(np.flatnonzero(judged.watch).tolist())
    assert len(named) >= 5


def test_a_stricter_threshold_names_fewer_and_a_larger_share_more() -> None:
    rows = [_row(device, 2 + device % 9, 0.8) for device in range(200)]
    days = dict.fromkeys(range(200), 200)

    usual, _ = _draw(_rates(rows), days)
    asked = ask_threshold(_rates(rows), 3.0, shapes={"crash": SHAPE}, judged_by=RULE.threshold)
    strict, _ = _draw(asked, days, replace(RULE, threshold=3.0))
    lax, _ = _draw(_rates(rows), days, replace(RULE, replace_fdr=0.2))

    assert strict < usual < lax


def test_the_threshold_asked_again_gives_the_same_numbers() -> None:
    rates = _rates([_row(1, 5, 0.8), _row(1, 2, 0.3, channel="update"), _row(2, 1, 0.8)])

    asked = ask_threshold(rates, RULE.threshold, shapes={"crash": SHAPE, "update": SHAPE}, judged_by=RULE.threshold)

    assert asked.probability.tolist() == rates.probability.tolist()


def test_what_speaks_most_against_a_device_must_have_come_in_enough_weeks() -> None:
    loud = [_row(1, 9, 0.5, weeks=1), _row(1, 3, 0.5, channel="update", weeks=3)]
    alike = [_row(2, 9, 0.5, weeks=1), _row(2, 9, 0.5, channel="update", weeks=3)]

    contenders = list_contenders(_rates([*loud, *alike]), np.full(4, 200), parameters=RULE)

    assert [key for key, _ in contenders] == [2]


def test_too_few_weeks_or_days_keep_a_device_off_every_list() -> None:
    rows = [_row(1, 9, 0.5, weeks=1), _row(2, 9, 0.5), _row(3, 9, 0.5)]

    named, watched = _draw(_rates(rows), {1: 200, 2: 59, 3: 60})

    assert named == {3}
    assert watched == set()


def test_the_flexible_prior_answers_for_its_own_threshold_only() -> None:
    with pytest.raises(ValueError, match="crash"):
        ask_threshold(_rates([_row(1, 5, 0.8)]), 2.0, shapes={"crash": None}, judged_by=RULE.threshold)


def test_without_incidents_nobody_is_listed() -> None:
    nobody = _rates([])

    assert _draw(ask_threshold(nobody, 2.0, shapes={}, judged_by=RULE.threshold), {}) == (frozenset(), frozenset())
