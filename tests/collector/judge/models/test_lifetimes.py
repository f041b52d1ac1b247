"""The curves of a model's life: golden values, a trusted library, and rates that keep silent when too little is known."""

import csv
import warnings

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from rollcall_collector.judge.models.rates import rate_models
from rollcall_collector.judge.models.recurrence import MeanCumulative, mean_cumulative
from rollcall_collector.judge.models.survival import fit_lifetime, kaplan_meier, rate_interval
from tests.support.require import shared_data


@pytest.fixture
def valve_seats() -> MeanCumulative:
    """Nelson's 41 engines and 48 replacements, at 200, 400 and 600 days."""
    with (shared_data() / "valve_seats_nelson.csv").open() as file:
        rows = [(row["ID"], float(row["Days"]), row["No."]) for row in csv.DictReader(file)]
    engines = sorted({engine for engine, _, _ in rows})
    leave = np.array([max(days for one, days, _ in rows if one == engine) for engine in engines])
    events = [(engines.index(engine), days) for engine, days, number in rows if number != "0"]
    unit, age = np.array([one for one, _ in events]), np.array([days for _, days in events])
    return mean_cumulative(np.zeros(len(engines)), leave, unit, age, at=np.array([200.0, 400.0, 600.0]))


def test_the_mean_cumulative_function_is_nelson_s(valve_seats) -> None:
    assert valve_seats.mean.round(3).tolist() == [0.268, 0.659, 1.014]


def test_its_interval_holds_the_mean_and_widens(valve_seats) -> None:
    lower, upper = valve_seats.interval

    assert (lower < valve_seats.mean).all()
    assert (valve_seats.mean < upper).all()
    assert np.all(np.diff(upper - lower) > 0)


def test_its_error_is_that_of_resampled_engines() -> None:
    random = np.random.default_rng(3)
    count = random.poisson(2 * random.gamma(1, 1, 200))
    unit = np.repeat(np.arange(200), count)
    age = random.random(len(unit)) * 100
    zeros, leave = np.zeros(200), np.full(200, 100.0)

    said = mean_cumulative(zeros, leave, unit, age, at=np.array([60.0])).error[0]

    draws = [np.bincount(random.integers(0, 200, 200), minlength=200) for _ in range(400)]
    early = np.bincount(unit, weights=age <= 60, minlength=200)
    assert said == pytest.approx(np.std([draw @ early / 200 for draw in draws]), rel=0.15)


def test_an_incident_before_entry_is_a_mistake_in_the_records() -> None:
    with pytest.raises(ValueError, match="mend entry or leave"):
        mean_cumulative(np.array([5.0]), np.array([9.0]), np.array([0]), np.array([4.0]), at=np.array([9.0]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 80))
def test_survival_with_late_entry_is_the_trusted_library_s(seed: int, devices: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own imports warn
        from lifelines import KaplanMeierFitter  # noqa: PLC0415  # slow to import: only this test needs it
        from lifelines.exceptions import StatError  # noqa: PLC0415  # as above
    random = np.random.default_rng(seed)
    entry = np.floor(random.random(devices) * 20)
    leave = entry + 1 + np.floor(random.weibull(1.5, devices) * 30)
    has_failed = random.random(devices) < 0.6

    ours = kaplan_meier(entry, leave, has_failed)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of small risk sets
        try:
            trusted = KaplanMeierFitter().fit(leave, has_failed, entry=entry).survival_function_
        except StatError:  # the library declines where everybody at risk failed early; we answer zero from there on
            reject()
    curve = trusted.iloc[:, 0]
    assert [ours.at(age) for age in curve.index] == pytest.approx(curve.tolist(), abs=1e-9)


def test_a_lifetime_s_law_is_found_again_despite_late_entry() -> None:
    random = np.random.default_rng(5)
    life = 7 * random.weibull(2.6, 20_000)
    entry = random.random(20_000) * 3
    seen = life > entry
    life, entry = life[seen], entry[seen]
    leave = np.minimum(life, entry + 4)

    law = fit_lifetime(entry, leave, life <= entry + 4)

    assert law.is_fitted
    assert law.shape == pytest.approx(2.6, rel=0.05)
    assert law.scale == pytest.approx(7, rel=0.05)
    assert law.survives(3) == pytest.approx(np.exp(-((3 / 7) ** 2.6)), abs=0.01)


def test_few_failures_give_a_constant_rate() -> None:
    law = fit_lifetime(np.zeros(50), np.full(50, 2.0), np.arange(50) < 3)

    assert not law.is_fitted
    assert law.shape == 1
    assert 1 / law.scale == pytest.approx(3.5 / 100)


def test_no_failure_is_not_a_rate_of_zero() -> None:
    lower, upper = rate_interval(0, 100)

    assert lower == 0
    assert 0.01 < upper < 0.03


def test_rates_are_published_from_a_hundred_devices_and_ten_thousand_days() -> None:
    model = np.repeat([0, 1, 2], [99, 100, 100])
    days = np.repeat([400.0, 400.0, 90.0], [99, 100, 100])

    few, enough, short = rate_models(model, days, np.ones(299, dtype=np.int64))

    assert (few.is_sufficient, enough.is_sufficient, short.is_sufficient) == (False, True, False)
    assert enough.rate == pytest.approx(365.25 / 400)
    assert enough.interval is not None
    assert enough.interval[0] < 365.25 / 400 < enough.interval[1]


def test_lemons_widen_a_model_s_interval() -> None:
    model, days = np.repeat([0, 1], 200), np.full(400, 365.25)
    incidents = np.concatenate([np.ones(200, dtype=np.int64), np.where(np.arange(200) < 10, 20, 0)])

    even, uneven = rate_models(model, days, incidents)

    assert even.rate == pytest.approx(uneven.rate)
    assert even.interval is not None
    assert uneven.interval is not None
    assert uneven.interval[1] - uneven.interval[0] > 3 * (even.interval[1] - even.interval[0])
