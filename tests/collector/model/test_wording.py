"""A day, a number and an amount of money look the same wherever Rollcall says them."""

import re
from datetime import date

import pytest

from rollcall_collector.model.wording import say_count, say_date, say_make, say_money, say_number
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


@pytest.mark.parametrize(
    ("maker", "model", "said"),
    [
        ("HP", "HP Chromebook 11 G8 EE", "HP Chromebook 11 G8 EE"),
        ("Maple", "Maple Book 14", "Maple Book 14"),
        ("LENOVO", "Lenovo 300e Gen 3", "Lenovo 300e Gen 3"),
        ("Acer", "Acer", "Acer"),
        ("Ace", "Acer 511", "Ace Acer 511"),
        ("Lenovo", "300e Gen 3", "Lenovo 300e Gen 3"),
        ("Apple", None, "Apple"),
        (None, "iPad", "iPad"),
        (None, None, None),
    ],
)
def test_a_maker_that_a_models_name_bears_is_not_said_twice(
    maker: str | None, model: str | None, said: str | None
) -> None:
    assert say_make(maker, model) == said


def test_one_is_no_plural() -> None:
    assert [say_count(number, "device") for number in (0, 1, 2)] == ["0 devices", "1 device", "2 devices"]
