"""Few schools own a hundred devices of a model: what is seen of fewer is shown, with how little it proves."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from rollcall_collector.judge.fleet import judge_whole
from rollcall_collector.judge.models.rates import a_school_year, shown_rate
from rollcall_collector.judge.models.report import report_models
from rollcall_collector.model.hardware import LifeRecord
from rollcall_dashboards.pages.models.rate_plot import Scale, draw, say
from tests.support.fleets.ledger import Ledger


@cache
def _records() -> dict[str, LifeRecord]:
    """A model of a hundred devices and one of forty, of which each second device failed once in two years."""
    ledger = Ledger()
    for model, count in (("Few", 40), ("Many", 100)):
        places = ledger.add(count, model=model)
        ledger.use(places, range(24))
        for number, place in enumerate(places[::2]):
            ledger.fail(place, [5 + 37 * number % 700])
    history = ledger.history()
    return {one.model: one.record for one in report_models(judge_whole(history), history)}


def test_a_model_of_forty_devices_has_a_figure_with_its_wide_interval_and_no_advice() -> None:
    few, many = _records()["Few"], _records()["Many"]

    shown, published = shown_rate(few), shown_rate(many)

    assert (few.rate, few.lacking) == (None, "40 of 100 devices")
    assert shown is not None
    assert published is not None
    assert (shown.is_sure, published.is_sure) == (False, True)
    assert (published.rate, published.low, published.high) == (many.rate, many.low, many.high)
    assert shown.rate == pytest.approx(20 * 365.25 / few.device_days)
    assert 0 < shown.low < shown.rate < shown.high
    assert shown.high / shown.low > published.high / published.low


@pytest.mark.parametrize("unknown", [{"devices": 9}, {"device_days": 499.0}, {"incidents": None}])
def test_of_a_handful_of_devices_and_of_those_that_tell_nothing_no_figure_is_shown(unknown: dict[str, Any]) -> None:
    record = replace(_records()["Few"], **unknown)

    assert shown_rate(record) is None


def test_88_incidents_in_100_years_of_use_are_46_a_school_year() -> None:
    assert round(a_school_year(0.88)) == 46


def test_the_figure_of_few_devices_is_dashed_open_and_says_so() -> None:
    few, many = _records()["Few"], _records()["Many"]
    scale = Scale.fit((few, many), ())

    drawn = draw("Few", few, scale, beside=10.0, is_called=False)

    assert 'class="interval early"' in drawn
    assert 'class="dot open"' in drawn, "it stands apart from its platform, but nobody can be sure"
    assert say(few).endswith(", by few devices")
    assert 'class="interval"' in draw("Many", many, scale, beside=10.0, is_called=True)
    assert 'class="dot"' in draw("Many", many, scale, beside=10.0, is_called=True)
