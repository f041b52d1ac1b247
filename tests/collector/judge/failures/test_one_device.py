"""A device judged again by itself comes out as it would with the whole fleet."""

from dataclasses import asdict
from functools import partial

import numpy as np

from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.judge.failures.one_device import (
    candidate_of,
    evidence_again,
    evidence_of_each,
    list_again,
    recount,
)
from rollcall_collector.judge.failures.posterior import judge
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import Judgement
from tests.support.fleets.arrays import make_fleet

PARAMETERS = Parameters()
SHAPES = {"any": 1.5, "crash": 1.5, "hardware": 1.2, "update": None}


def _row(device: int = 1, channel: str = "crash", *, observed: int = 0, expected: float = 1.0) -> Judgement:
    judged = judge(np.array([observed]), np.array([expected]), spread=Spread.gamma(1.5), threshold=1.5)
    return Judgement(
        device=device,
        channel=channel,
        observed=observed,
        weeks=observed,
        expected=expected,
        ratio=float(judged.ratio[0]),
        low=None,
        high=None,
        probability=float(judged.probability[0]),
        forecast_yearly=1.0,
    )


def _failures(*days: int) -> list[tuple[int, int]]:
    return [(day, day * DAY_US + 36_000_000_000) for day in days]


def test_a_new_incident_changes_the_count_the_posterior_and_the_forecast_alike() -> None:
    before = _row(observed=1)

    (after,) = recount(
        [before],
        {"crash": _failures(100, 130, 131, 160)},
        shapes=SHAPES,
        gap_days={},
        since_day=0,
        parameters=PARAMETERS,
    )

    assert (after.observed, after.weeks) == (3, 3)
    assert after.ratio == round((1.5 + 3) / (1.5 + 1.0), 6)
    assert after.probability > before.probability
    assert abs(after.forecast_yearly / before.forecast_yearly - after.ratio / before.ratio) < 1e-5


def test_incidents_of_all_kinds_are_those_of_each_kind_together() -> None:
    rows = [_row(channel="any"), _row(channel="crash"), _row(channel="hardware")]

    counted = recount(
        rows,
        {"crash": _failures(100, 200), "hardware": _failures(101, 150), "damage": _failures(120)},
        shapes=SHAPES,
        gap_days={"any": 3},
        since_day=0,
        parameters=PARAMETERS,
    )

    assert [(row.channel, row.observed) for row in counted] == [("any", 3), ("crash", 2), ("hardware", 1)]


def test_what_is_settled_and_the_first_week_after_enrolling_do_not_count() -> None:
    (counted,) = recount(
        [_row()],
        {"crash": _failures(90, 203, 250, 300)},
        shapes=SHAPES,
        gap_days={},
        since_day=100,
        settling_from=[200],
        parameters=PARAMETERS,
    )

    assert counted.observed == 2


def test_a_channel_of_the_flexible_prior_waits_for_the_night() -> None:
    row = _row(channel="update", observed=1)

    counted = recount(
        [row], {"update": _failures(100, 200, 300)}, shapes=SHAPES, gap_days={}, since_day=0, parameters=PARAMETERS
    )

    assert counted == (row,)


def test_what_comes_again_within_the_gap_of_the_judging_counts_once() -> None:
    rows = [_row(channel="any"), _row(channel="crash"), _row(channel="hardware")]
    told = {"crash": _failures(100, 110, 120, 160), "hardware": _failures(101, 200)}

    counted = recount(
        rows,
        told,
        shapes=SHAPES,
        gap_days={"any": 3, "crash": 14, "hardware": 3},
        since_day=105,
        parameters=PARAMETERS,
    )

    assert {row.channel: row.observed for row in counted} == {"any": 4, "crash": 1, "hardware": 1}


def test_one_device_listed_by_itself_stands_where_the_fleets_judging_puts_it() -> None:
    for seed in range(5):
        fleet = make_fleet("lemons", devices=1000, yearly=2, seed=seed)
        judged = fleet.judge()
        one = judged.channels["hardware"]
        candidates = [
            candidate_of(
                [
                    Judgement(
                        device=device,
                        channel="hardware",
                        observed=int(one.observed[device]),
                        weeks=int(one.weeks[device]),
                        expected=float(one.expected[device]),
                        ratio=float(one.ratio[device]),
                        low=None,
                        high=None,
                        probability=float(one.probability[device]),
                        forecast_yearly=0.0,
                    )
                ],
                float(judged.active_days[device]),
            )
            for device in np.flatnonzero(one.observed).tolist()
        ]

        alone = {
            device: list_again(device, candidates, was={}, parameters=PARAMETERS)
            for device in np.flatnonzero(judged.replace | judged.watch).tolist()
        }

        assert {device for device, place in alone.items() if place == "replace"} == set(
            np.flatnonzero(judged.replace).tolist()
        )
        assert {device for device, place in alone.items() if place == "watch"} == set(
            np.flatnonzero(judged.watch).tolist()
        )


def test_who_stood_on_the_list_stays_while_the_whole_list_keeps_its_promise() -> None:
    weak = candidate_of([_row(1, observed=3)], 200)
    strong = [candidate_of([_row(2 + one, observed=12)], 200) for one in range(9)]
    by_chance = float(np.mean([1 - one.probability for one in (weak, *strong)]))
    asked = Parameters(replace_fdr=1.02 * by_chance, watch_fdr=by_chance)
    assert 0.5 < weak.probability < 0.95

    new = list_again(1, [weak, *strong], was=dict.fromkeys(range(2, 11), "replace"), parameters=asked)
    kept = list_again(1, [weak, *strong], was=dict.fromkeys(range(1, 11), "replace"), parameters=asked)
    alone = list_again(1, [weak], was={1: "replace"}, parameters=asked)

    assert (new, kept, alone) == ("none", "replace", "none")
    assert list_again(9, strong[:1], was={}, parameters=PARAMETERS) == "none"


def test_the_evidence_is_that_of_the_channel_which_accuses_most() -> None:
    rows = [_row(channel="any", observed=5, expected=1.2), _row(channel="crash", observed=5, expected=0.4)]

    found = evidence_again(rows, listed="replace", active_days=180, shapes=SHAPES, gap_days={}, parameters=PARAMETERS)

    assert (found.channel, found.observed, found.kinds) == ("crash", 5, "")
    assert found.low is not None
    assert found.low < found.ratio


def test_the_evidence_of_many_is_that_of_each() -> None:
    rows = {
        1: [_row(1, "any", observed=5, expected=1.2), _row(1, observed=5, expected=0.4)],
        2: [_row(2, observed=9, expected=0.7)],
        3: [_row(3, observed=7, expected=0.5)._replace(doubt=0.3)],
        4: [_row(4, "hardware", observed=6, expected=0.6)._replace(own_shape=2.4, own_mean=1.3)],
        5: [_row(5, "hardware", observed=4, expected=0.6)._replace(own_shape=2.4, own_mean=0.8)],
        6: [_row(6, "update", observed=8)],
    }
    days = {key: 100.0 + 10 * key for key in rows}
    ask_each = partial(evidence_of_each, listed="replace", shapes=SHAPES, gap_days={"crash": 2}, parameters=PARAMETERS)
    ask_alone = partial(evidence_again, listed="replace", shapes=SHAPES, gap_days={"crash": 2}, parameters=PARAMETERS)

    found = ask_each(rows, active_days=days)

    assert list(found) == list(rows)
    for key, those in rows.items():
        beside, alone = (_rounded(one) for one in (found[key], ask_alone(those, active_days=days[key])))
        assert beside == alone
    assert found[5].days_to_clear is not None
    assert found[6].days_to_clear is None


def _rounded(found: FailureEvidence) -> dict[str, object]:
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in asdict(found).items()}
