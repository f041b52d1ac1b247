"""What to buy again: known figures in, advice that can be defended out, silence where too little is known."""

import json
from array import array
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.judge.fleet import Fresh, judge_whole, read_lists
from rollcall_collector.judge.medians import group_quantiles
from rollcall_collector.judge.models.report import report_models
from rollcall_collector.model.hardware import ModelReport
from rollcall_wire.codes import Channel
from tests.support.fleets.ledger import UNTIL, Ledger

TWO_YEARS = range(24)
DAYS = 24 * 20 * 100
"""Days in use of a hundred devices in all those months."""


def _report(ledger: Ledger) -> tuple[ModelReport, ...]:
    history = ledger.history()
    return report_models(judge_whole(history), history)


def _one(ledger: Ledger, model: str = "A") -> ModelReport:
    return next(one for one in _report(ledger) if one.model == model)


def _spread(ledger: Ledger, places: list[int], incidents: int) -> None:
    """One incident after the other, over the devices and over the two years."""
    for number in range(incidents):
        ledger.fail(places[number % len(places)], [5 + 37 * number % 700])


def _three_models() -> Ledger:
    ledger = Ledger()
    for model, incidents in (("Good", 10), ("Usual", 45), ("Bad", 110)):
        places = ledger.add(100, model=model, year=2023)
        ledger.use(places, TWO_YEARS)
        _spread(ledger, places, incidents)
    return ledger


def test_a_rate_is_incidents_by_device_years_of_use() -> None:
    ledger = _three_models()

    good = _one(ledger, "Good").record

    assert (good.devices, good.in_service, good.device_days, good.incidents) == (100, 100, DAYS, 10)
    assert good.rate == pytest.approx(10 * 365.25 / DAYS, abs=1e-6)
    assert good.low is not None
    assert good.high is not None
    assert good.low < 10 * 365.25 / DAYS < good.high
    assert good.lacking is None


def test_what_may_be_bought_again_stands_first_and_each_sentence_names_its_interval() -> None:
    found = _report(_three_models())

    assert [(one.model, one.advice) for one in found] == [
        ("Good", "buy_again"),
        ("Usual", "no_difference"),
        ("Bad", "ask_the_vendor"),
    ]
    assert {one.platform_rate for one in found} == {round(165 * 365.25 / (3 * DAYS), 6)}
    good, usual, bad = (one.sentence for one in found)
    assert good == (
        "Buy again: 4.0 incidents a school year in 100 devices (90 % interval 2.3 to 6.5), all other Windows devices "
        "here 31. With luck taken out it has 0.15 times as many as they do (90 % interval 0.092 to 0.25). Of all "
        "models called better or worse at most 1 in 20 is so by chance. Seen on 100 devices over 253 school years "
        "between them."
    )
    assert usual.startswith("No difference shown: 18 incidents a school year in 100 devices (90 % interval 14 to 23)")
    assert "all other Windows devices here 24. Among so many models" in usual
    assert (
        "44 incidents a school year in 100 devices (90 % interval 37 to 51), all other Windows devices here 11" in bad
    )
    assert bad.endswith("Find out what is known of it and who pays before more are ordered.")


def test_a_model_whose_devices_tell_their_hours_in_part_is_one_model() -> None:
    ledger = _three_models()
    history = ledger.history()
    awake = array("d", (6.0 if device % 2 else float("nan") for device in history.months.device))
    history = replace(history, months=replace(history.months, awake_hours=awake))

    found = report_models(judge_whole(history), history)

    assert [(one.model, one.record.devices) for one in found] == [("Good", 100), ("Usual", 100), ("Bad", 100)]


def test_a_model_at_one_school_is_not_called_for_what_the_school_may_explain() -> None:
    """Two schools; at the loud one stand nine tenths of Apart's devices, and others' that fail as often there."""
    ledger, site = Ledger(), []
    for model, loud in (("Apart", 90), ("Other", 30), ("Third", 30)):
        places = ledger.add(100, model=model, year=2023)
        ledger.use(places, TWO_YEARS)
        site += ["Loud"] * loud + ["Calm"] * (100 - loud)
        _spread(ledger, places[:loud], loud)
        _spread(ledger, places[loud:], (100 - loud) // 3)
    history = ledger.history()
    at_schools = replace(history, devices=replace(history.devices, site=tuple(site)))

    blind, seeing = (
        next(one for one in report_models(judge_whole(told), told) if one.model == "Apart")
        for told in (history, at_schools)
    )

    assert blind.advice == "ask_the_vendor"
    assert seeing.advice == "no_difference"
    assert "90 % of its use is at one school, and the school may be why." in seeing.sentence


def test_the_order_of_the_devices_changes_nothing() -> None:
    ledger = _three_models()
    turned = Ledger(
        devices=[row[:1] + ledger.devices[299 - at][1:] for at, row in enumerate(ledger.devices)],
        months=[(299 - row[0], *row[1:]) for row in ledger.months],
        failures=[(299 - row[0], *row[1:]) for row in ledger.failures],
    )

    assert _report(turned) == _report(ledger)


def test_only_models_of_one_platform_are_compared() -> None:
    ledger = Ledger()
    for platform, incidents in (("chromeos", 10), ("windows", 110)):
        places = ledger.add(100, platform=platform, model=platform)
        ledger.use(places, TWO_YEARS)
        _spread(ledger, places, incidents)
    few = ledger.add(20, platform="chromeos", model="Few")
    ledger.use(few, TWO_YEARS)
    _spread(ledger, few, 60)

    found = _report(ledger)

    assert {(one.model, one.advice) for one in found} == {
        ("chromeos", "nothing_to_compare"),
        ("windows", "nothing_to_compare"),
        ("Few", "insufficient"),
    }
    assert {one.platform_rate for one in found} == {None}
    assert "No other model of Chromebooks has enough evidence to compare it with yet." in found[0].sentence


def test_too_few_devices_or_days_say_what_is_lacking_and_stand_last() -> None:
    ledger = _three_models()
    ledger.use(ledger.add(99, model="Almost"), TWO_YEARS)
    ledger.use(ledger.add(100, model="Short"), range(4))
    ledger.use(ledger.add(3, model="New"), [0])

    last = _report(ledger)[-3:]

    assert [(one.model, one.sentence) for one in last] == [
        (
            "Almost",
            (
                "Not enough evidence yet: 99 of 100 devices. So far: of 100 devices, 0.0 incidents a school year, "
                "which may truly be anything from 0.0 to 0.8."
            ),
        ),
        ("New", "Not enough evidence yet: 3 of 100 devices and 60 of 10\u202f000 days of use."),
        (
            "Short",
            (
                "Not enough evidence yet: 8\u202f000 of 10\u202f000 days of use. So far: of 100 devices, 0.0 incidents a "
                "school year, which may truly be anything from 0.0 to 4.6."
            ),
        ),
    ]
    assert {(one.record.rate, one.record.ageing, one.advice) for one in last} == {(None, None, "insufficient")}


def test_who_never_tells_a_failure_is_not_known_to_be_good() -> None:
    ledger = _three_models()
    ledger.use(ledger.add(150, platform="ipados", model="iPad"), TWO_YEARS, health=0.9)

    pad = _one(ledger, "iPad")

    assert (pad.record.incidents, pad.record.rate, pad.record.ageing, pad.record.starts) == (None, None, None, None)
    assert pad.advice == "insufficient"
    assert "no device of its platform has ever told a failure" in pad.sentence


def test_every_judged_kind_counts_once_and_damage_and_battery_stand_apart() -> None:
    ledger = Ledger()
    places = ledger.add(100)
    ledger.use(places, TWO_YEARS)
    judged: tuple[Channel, ...] = ("hardware", "crash", "network")
    apart: tuple[Channel, ...] = ("damage", "battery")
    for channel in judged:
        ledger.fail(places[0], [100, 101], channel)  # two reports of one incident
    for channel in apart:
        ledger.fail(places[1], [200], channel)

    assert _one(ledger).record.incidents == 3


def test_where_only_one_kind_was_ever_told_it_is_counted() -> None:
    ledger = Ledger()
    places = ledger.add(100)
    ledger.use(places, TWO_YEARS)
    ledger.fail(places[0], [100, 300], "storage")

    assert _one(ledger).record.incidents == 2


def test_a_failure_from_before_the_window_or_without_any_use_is_not_counted() -> None:
    ledger = Ledger()
    places = ledger.add(100)
    ledger.use(places[:99], range(10))
    ledger.fail(places[0], [735])
    ledger.fail(places[1], [500])
    ledger.fail(places[99], [10])
    ledger.fail(places[2], [299])

    record = _one(ledger).record

    assert (record.devices, record.incidents) == (99, 1)


def test_retired_devices_count_in_the_rate_but_are_no_longer_in_service() -> None:
    ledger = Ledger()
    gone = ledger.add(40, retired_on=UNTIL - 300)
    stayed = ledger.add(80)
    ledger.use(gone, range(10, 24))
    ledger.use(stayed, TWO_YEARS)
    _spread(ledger, stayed, 5)
    ledger.fail(gone[0], [301])

    record = _one(ledger).record

    assert (record.devices, record.in_service, record.incidents) == (120, 80, 6)


def test_what_people_have_settled_is_their_model_s_record_still() -> None:
    ledger = _three_models()
    history = ledger.history()
    mended = Fresh.from_the_beginning(300)
    mended = replace(mended, failures=np.full(300, UNTIL - 1))

    assert report_models(judge_whole(history, fresh=mended), history) == _report(ledger)


def test_a_month_that_struck_the_whole_model_is_left_out_and_said() -> None:
    ledger = Ledger()
    places = ledger.add(120)
    ledger.use(places, TWO_YEARS)
    _spread(ledger, places, 12)
    for place in places[:40]:
        ledger.fail(place, [320], "crash")

    record = _one(ledger).record

    assert record.left_out == 40 + 1
    assert record.incidents == 11
    assert record.device_days == 120 * 23 * 20


def test_what_still_goes_on_is_counted_with_the_model() -> None:
    ledger = Ledger()
    places = ledger.add(120)
    ledger.use(places, TWO_YEARS)
    _spread(ledger, places, 12)
    for place in places[:40]:
        ledger.fail(place, [15], "crash")

    record = _one(ledger).record

    assert (record.left_out, record.incidents) == (0, 52)


def test_lemons_widen_the_interval_and_are_told_as_dispersion() -> None:
    even, uneven = Ledger(), Ledger()
    for ledger, owners in ((even, 100), (uneven, 5)):
        places = ledger.add(100)
        ledger.use(places, TWO_YEARS)
        _spread(ledger, places[:owners], 40)

    alike, lemons = _one(even).record, _one(uneven).record

    assert alike.rate == lemons.rate
    assert lemons.dispersion > 5 > alike.dispersion
    assert lemons.high is not None
    assert alike.high is not None
    assert lemons.high > alike.high


def test_batches_are_told_by_purchase_year_beside_their_model() -> None:
    ledger = Ledger()
    for year, incidents in ((2024, 90), (2022, 10), (-1, 40)):
        places = ledger.add(110, year=year)
        ledger.use(places, TWO_YEARS)
        _spread(ledger, places, incidents)
    ledger.use(ledger.add(4, year=2019), TWO_YEARS)

    found = _one(ledger)

    assert [(one.purchase_year, one.standing, one.record.incidents) for one in found.batches] == [
        (2019, "insufficient", 0),
        (2022, "below", 10),
        (2024, "above", 90),
        (None, "no_difference", 40),
    ]
    assert found.record.incidents == 140


def test_start_up_is_the_middle_device_and_the_middle_four_fifths() -> None:
    ledger = Ledger()
    places = ledger.add(11)
    ledger.use(places, range(3))
    for number, place in enumerate(places):
        ledger.start([place], range(1, 28, 3), 10.0 + number)
        ledger.start([place], range(31, 60, 3), 20.0 + 2 * number)
    ledger.start(places[:4], range(61, 90, 3), 9.0)

    starts = _one(ledger).record.starts

    assert starts is not None
    assert (starts.devices, starts.low_seconds, starts.median_seconds, starts.high_seconds) == (11, 11.0, 15.0, 19.0)
    assert [(one.from_on, one.devices, one.median_seconds) for one in starts.months] == [
        ("2025-11-02", 11, 30.0),
        ("2025-12-02", 11, 15.0),
    ]


def test_in_the_holidays_the_months_before_are_known_and_now_is_not() -> None:
    ledger = Ledger()
    places = ledger.add(6)
    ledger.use(places, range(3))
    ledger.start(places, range(62, 88), 12.0)

    starts = _one(ledger).record.starts

    assert starts is not None
    assert (starts.devices, starts.median_seconds) == (0, None)
    assert [one.median_seconds for one in starts.months] == [12.0]


def test_batteries_are_counted_where_they_are_measured() -> None:
    ledger = Ledger()
    weak, strong, unread = ledger.add(3), ledger.add(7), ledger.add(2)
    ledger.use(weak, range(6), health=0.7)
    ledger.use(strong, range(6), health=0.9)
    ledger.use(unread, range(6))

    batteries = _one(ledger).record.batteries

    assert batteries is not None
    assert (batteries.devices, batteries.under_80, batteries.median_health) == (10, 3, 0.9)


def test_the_named_on_the_lists_are_counted_by_model() -> None:
    ledger = _three_models()
    history = ledger.history()
    before = read_lists(history, {})
    judged = judge_whole(history, before=before)
    replace_list, watch = np.zeros(300, dtype=np.bool_), np.zeros(300, dtype=np.bool_)
    replace_list[200:203], watch[100] = True, True
    judged = replace(judged, failures=replace(judged.failures, replace=replace_list, watch=watch))

    named = {one.model: (one.record.named_replace, one.record.named_watch) for one in report_models(judged, history)}

    assert named == {"Good": (0, 0), "Usual": (0, 1), "Bad": (3, 0)}


def test_a_curve_over_age_begins_with_the_age_at_which_the_record_begins() -> None:
    """Bought in the middle of 2023, seen from 12 January 2024 on: a good half year old."""
    ledger = Ledger()
    places = ledger.add(100, year=2023)
    ledger.use(places, TWO_YEARS)
    for place in places[:10]:
        ledger.fail(place, [UNTIL - 19_900])  # 26 June 2024: just under one year old
    for place in places[:20]:
        ledger.fail(place, [UNTIL - 20_200], "crash")  # 22 April 2025: 1.8 years old

    ageing = _one(ledger).record.ageing

    assert ageing is not None
    assert (ageing.since, ageing.devices, ageing.from_years) == ("purchase", 100, 0.75)
    assert dict(zip(ageing.years, ageing.incidents, strict=True)) == {
        1.0: 0.1,
        1.25: 0.1,
        1.5: 0.1,
        1.75: 0.1,
        2.0: 0.3,
        2.25: 0.3,
        2.5: 0.3,
    }
    assert set(ageing.unfailed) == {0.9}
    assert ageing.unfailed_error[0] == pytest.approx(0.03)
    assert set(ageing.watched) == {100}


def test_who_entered_late_is_at_risk_only_from_then_on() -> None:
    ledger = Ledger()
    old, new = ledger.add(100, year=2023), ledger.add(50, year=2025)
    ledger.use(old, range(12))  # from 6 January 2025 on: 1.5 to 2.5 years old
    ledger.use(new, range(12))  # bought when first seen: 0 to 1 year old
    ledger.fail(old[0], [100])
    ledger.fail(new[0], [100])

    ageing = _one(ledger).record.ageing

    assert ageing is not None
    assert (ageing.from_years, ageing.years) == (1.75, (2.0, 2.25, 2.5))
    assert ageing.incidents == (0.0, 0.01, 0.01)
    assert ageing.unfailed == (1.0, 0.99, 0.99)
    assert (ageing.incidents_high[0], ageing.unfailed_error[0]) == (None, None)
    assert set(ageing.watched) == {100}


def test_without_purchase_years_ages_run_from_when_devices_were_first_seen() -> None:
    ledger = Ledger()
    places = ledger.add(100, enrolled_on=UNTIL - 500)
    ledger.use(places, range(12))
    ledger.fail(places[0], [200])

    ageing = _one(ledger).record.ageing

    assert ageing is not None
    assert (ageing.since, ageing.from_years, ageing.years[-1]) == ("first_seen", 0.5, 1.25)
    assert ageing.incidents == (0.0, 0.01, 0.01)


def test_devices_without_a_model_are_in_their_platform_s_rate_only() -> None:
    ledger = _three_models()
    nameless = ledger.add(100, model="")
    ledger.use(nameless, TWO_YEARS)
    _spread(ledger, nameless, 35)

    found = _report(ledger)

    assert [one.model for one in found] == ["Good", "Usual", "Bad"]
    assert found[0].platform_rate == pytest.approx(200 * 365.25 / (4 * DAYS), abs=1e-6)


def test_the_report_is_plain_json_without_nan() -> None:
    ledger = _three_models()
    ledger.use(ledger.add(2, model="", platform=""), [0])
    ledger.use(ledger.add(30, platform="ipados", model="iPad"), TWO_YEARS, health=0.8)
    ledger.add(3, model="Never heard")
    ledger.start(range(5), range(1, 50), 33.0)

    told = [asdict(one) for one in _report(ledger)]

    assert json.loads(json.dumps(told, allow_nan=False))


def test_an_empty_fleet_has_no_models() -> None:
    assert _report(Ledger()) == ()


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100) | st.just(float("nan"))), max_size=60))
def test_quantiles_by_group_are_the_library_s(pairs: list[tuple[int, float]]) -> None:
    group = np.array([one for one, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs])

    found = group_quantiles(values, group, (0.1, 0.5, 0.9), groups=4)

    for one in range(4):
        known = values[(group == one) & np.isfinite(values)]
        wanted = np.quantile(known, (0.1, 0.5, 0.9)) if len(known) else np.full(3, np.nan)
        np.testing.assert_allclose(found[one], wanted, atol=1e-9)  # of the smallest numbers halves are rounded
