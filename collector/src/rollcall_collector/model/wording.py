"""Says days, numbers and amounts of money the same way in every sentence, on paper and on every page."""

import re
import shlex
from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""English, whatever the language of the server that judges: a sentence is not half translated."""
_THOUSANDS = "\N{NARROW NO-BREAK SPACE}"
_BLANK = "\N{NO-BREAK SPACE}"
_BEFORE = "$£¥₹"
"""Signs that stand before the number, without a blank."""
_WHOLE_FROM = 100


def say_date(on: date) -> str:
    """`2 Mar 2026`: no two countries read `03/02/26` alike."""
    return f"{say_day_and_month(on)} {on.year}"


def say_day_and_month(on: date) -> str:
    """`2 Mar`, where the year stands beside it."""
    return f"{on.day} {MONTHS[on.month - 1]}"


def say_number(value: float) -> str:
    """`1 245`, `12.5`: at most one decimal, and thin spaces, for a comma is a decimal mark to half of the readers."""
    text = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= _WHOLE_FROM else f"{value:,.1f}"
    return text.removesuffix(".0").replace(",", _THOUSANDS)


def say_money(amount: float, currency: str = "") -> str:
    """`4 200 €`, `£349.50`, `CHF 80`; without a currency, where nobody said which it is, the number alone."""
    number = f"{amount:,.2f}".removesuffix(".00").replace(",", _THOUSANDS)
    if not currency:
        return number
    if currency[-1] in _BEFORE:
        return f"{currency}{number}"
    return (
        f"{currency}{_BLANK}{number}" if currency.isupper() and currency.isascii() else f"{number}{_BLANK}{currency}"
    )


def say_count(number: int, noun: str) -> str:
    """`1 device`, `1 245 devices`, of a noun whose plural ends in s."""
    return f"{say_number(number)} {noun}{'' if number == 1 else 's'}"


def say_make(manufacturer: str | None, model: str | None) -> str | None:
    """`Lenovo 300e Gen 3`, `HP Chromebook 11`: a maker whose name the model bears already is not said twice."""
    if not manufacturer or not model:
        return model or manufacturer
    is_said = f"{model} ".casefold().startswith(f"{manufacturer} ".casefold())
    return model if is_said else f"{manufacturer} {model}"


def say_argument(text: str) -> str:
    """A name as a command takes it: `Ada`, `"Ms Lee"`; in single quotes where a shell would read more than a blank."""
    if re.fullmatch(r"[\w.@+-]+", text):
        return text
    return shlex.quote(text) if re.search(r"[\"$`\\!]", text) else f'"{text}"'
