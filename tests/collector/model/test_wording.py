"""A day, a number and an amount of money look the same wherever Rollcall says them."""

import re
from datetime import date

import pytest

from rollcall_collector.model.wording import say_date, say_money, say_number
from tests.support.require import ROOT

SOURCES = [path for room in ("collector", "dashboards") for path in (ROOT / room).rglob("src/**/*.py")]


def test_a_day_names_its_month_in_letters() -> None:
    assert [say_date(on) for on in (date(2026, 3, 2), date(2026, 12, 31))] == ["2 Mar 2026", "31 Dec 2026"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (12.5, "12.5"), (7.0, "7"), (1234.5, "1\u202f234"), (1_234_567, "1\u202f234\u202f567")],
)
def test_a_number_has_no_comma_that_could_be_a_decimal_mark(value: float, said: str) -> None:
    assert say_number(value) == said


def test_money_has_cents_only_where_there_are_some() -> None:
    assert [say_money(amount) for amount in (4200, 349.5, 0)] == ["4\u202f200", "349.50", "0"]


def test_no_other_file_makes_its_own_format_of_days() -> None:
    homemade = re.compile(r"\.day\} \{\w+:%b|:%b %Y\}|:%d\.%m")

    assert [path.name for path in SOURCES if homemade.search(path.read_text())] == []
