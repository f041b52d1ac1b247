"""What the fleet's forecast would have been months ago is made by what was known then, and said beside what came."""

import numpy as np
import pytest

from rollcall_collector.judge.forecast_record import ForecastRecord, PastForecast, say_forecasts, say_past, say_undated
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.past_forecasts import past_forecasts

UNTIL, DEVICES = 20_000, 400
PARAMETERS = Parameters()


def _made(lately: float, *, yearly: float = 2.0, months: int = 25) -> tuple[PastForecast, ...]:
    """Devices in use for so many months, failing `lately` times as often in the last half year as before."""
    random = np.random.default_rng(1)
    exposure = np.zeros((DEVICES, PARAMETERS.bins), dtype=np.float32)
    exposure[:, :months] = 30
    rate = np.where(np.arange(30 * months) < 180, yearly * lately, yearly)
    told = random.random((DEVICES, 30 * months)) < rate / 365.25
    device, age = np.nonzero(told)
    levels = (np.zeros(DEVICES, dtype=np.int64),)
    return past_forecasts(exposure, levels, (device, UNTIL - 1 - age), until_day=UNTIL, parameters=PARAMETERS)


def test_in_a_steady_fleet_every_earlier_forecast_was_about_right() -> None:
    found = _made(1.0)

    assert [one.days_ago for one in found] == [180, 210, 240, 270, 300, 330, 360]
    assert all(0.85 < one.over_actual < 1.15 for one in found)


@pytest.mark.parametrize(("lately", "ratio"), [(2.0, 0.5), (0.5, 2.0)])
def test_where_the_level_has_changed_the_forecast_of_half_a_year_ago_says_so(lately: float, ratio: float) -> None:
    nearest = _made(lately)[0]

    assert nearest.over_actual == pytest.approx(ratio, rel=0.15)


def test_what_was_too_little_then_foretells_nothing() -> None:
    assert [one.days_ago for one in _made(1.0, months=13)] == [180, 210]
    assert _made(1.0, yearly=0.2) == ()


def test_level_and_range_are_said_and_no_trend() -> None:
    past = (
        PastForecast(days_ago=180, foretold=90.0, came=200),
        PastForecast(days_ago=270, foretold=200.0, came=220),
        PastForecast(days_ago=360, foretold=318.0, came=300),
    )

    assert say_past(past) == (
        "Made a year ago for the whole fleet, this forecast would have said 1.1 times what came since; made in any "
        "month from half a year ago on back, 0.45 to 1.1 times. No trend is drawn on: where more fails every year, it "
        "says too little."
    )
    assert "No trend" not in say_past(past[1:])
    assert "cannot be said yet" in say_past(())


def test_missing_purchase_dates_are_said_with_what_they_hide() -> None:
    half = ForecastRecord(past=(), devices=200, undated=100)

    assert say_forecasts(half).endswith(
        "Of 50 % of the devices the purchase date is not known: a bad year of a model cannot be told from a good one "
        "there, and ranks no higher."
    )
    assert say_undated(ForecastRecord(past=(), devices=200, undated=4)) is None
