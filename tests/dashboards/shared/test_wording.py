"""Instants, sizes and sentences are said as people say them, in the zone of their school."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rollcall_collector.model.fact import DayCell
from rollcall_dashboards.shared import day_bar
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import (
    say_ago,
    say_briefly,
    say_bytes,
    say_day,
    say_field,
    say_headline,
    say_instant,
    say_seconds,
)

NOW = datetime(2026, 7, 14, 9, 40, tzinfo=UTC)
ZONE = "Europe/Berlin"


def test_an_instant_is_said_in_the_zone_of_the_school() -> None:
    assert say_instant(NOW, ZONE, now=NOW) == "Tue 14 Jul, 11:40"
    assert say_instant(NOW, "America/Chicago", now=NOW) == "Tue 14 Jul, 04:40"
    assert say_instant(NOW - timedelta(days=400), "", now=NOW) == "Mon 9 Jun 2025, 09:40"


def test_what_is_known_to_its_day_only_is_said_as_a_day() -> None:
    midnight = datetime(2026, 7, 12, 22, tzinfo=UTC)

    assert say_instant(midnight, ZONE, now=NOW) == "Mon 13 Jul"
    assert say_instant(NOW, ZONE, now=NOW, is_day_only=True) == "Tue 14 Jul"
    assert say_ago(midnight, ZONE, now=NOW) == "yesterday"
    assert say_ago(midnight + timedelta(days=1), ZONE, now=NOW) == "today"


def test_a_day_whose_midnight_is_skipped_is_said_as_a_day_too() -> None:
    began, now = datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 6, 20, tzinfo=UTC)

    assert say_instant(began, "America/Santiago", now=now) == "Sun 6 Sep"
    assert say_instant(began, "America/Lima", now=now) == "Sat 5 Sep, 23:00"
    assert say_ago(began, "America/Santiago", now=now) == "today"


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3), "today 08:40"),
        (timedelta(hours=20), "yesterday"),
        (timedelta(days=4), "Fri 10 Jul"),
        (timedelta(minutes=-30), "today 12:10"),
    ],
)
def test_how_long_ago_is_said_the_coarser_the_longer(passed: timedelta, said: str) -> None:
    assert say_ago(NOW - passed, ZONE, now=NOW) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("memory_bytes", 8 << 30, "8.6 GB"),
        ("to_login_seconds", 23.44, "23.4 s"),
        ("awake_seconds", 18_000, "5 h 0 min"),
        ("battery_level_percent", 93.0, "93 %"),
        ("is_charging", False, "no"),
        ("media_errors", 0, "0"),
        ("media_errors", None, "not measured"),
        ("sources", ["boot", "storage"], "boot, storage"),
        ("sources", [], "none"),
        ("count", 1234567, "1\u202f234\u202f567"),
    ],
)
def test_a_field_is_said_with_its_unit_and_null_is_not_zero(name: str, value: object, said: str) -> None:
    assert say_field(name, value) == said


def test_what_nobody_knows_is_a_dash() -> None:
    assert {say_bytes(None), say_seconds(None), say_day(None)} == {"\N{EN DASH}"}


def test_a_source_in_brackets_is_left_out_and_other_brackets_stay() -> None:
    assert say_briefly("Replace it: 53 %. (A maker's rule: under 60 %.)") == "Replace it: 53 %."
    assert say_briefly("Its own check (SMART) says so.") == "Its own check (SMART) says so."


def test_a_text_without_places_may_hold_a_per_cent_sign() -> None:
    assert translate("below 60 % of it") == "below 60 % of it"
    assert translate("%(share)s %% of it", share=60) == "60 % of it"


def test_the_bar_of_days_is_taller_where_it_was_worse() -> None:
    on = date(2026, 7, 14)
    cells = [
        DayCell(on=on, kind="fine"),
        DayCell(on=on, kind="slow"),
        DayCell(on=on, kind="failed"),
        DayCell(on=on, kind="no_school"),
    ]

    drawn = str(day_bar.draw(cells))

    assert 'class="fine" d="M1 16h6v8h-6z"' in drawn
    assert 'class="slow" d="M9 8h6v16h-6z"' in drawn
    assert 'class="failed" d="M17 0h6v24h-6z"' in drawn
    assert 'aria-label="3 school days: 1 day with failures, 1 slow, 1 fine"' in drawn


def test_a_headline_says_what_to_do_and_why() -> None:
    long = "Replace it: 14 incidents (6 crashes, 3 more) in 330 days of use; devices like it have 2.2. With luck 3."
    short = "Claim it from the vendor: the warranty runs until 1 Aug 2027. 15 incidents (5 crashes) in 331 days. More."

    assert say_headline(long) == "Replace it: 14 incidents in 330 days of use; devices like it have 2.2."
    assert say_headline(short) == (
        "Claim it from the vendor: the warranty runs until 1 Aug 2027. 15 incidents in 331 days."
    )
