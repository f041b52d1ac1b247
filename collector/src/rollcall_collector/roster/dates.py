"""Reads dates as people write them; 03/04/2024 is only read where the file itself shows what it means."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from rollcall_collector.roster.wrong import Wrong

Order = Literal["day_first", "month_first"]
_YEARS = range(1990, 2101)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| ?[AP]M)?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE)
_DOTTED = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d\d){_TIME}", re.IGNORECASE)
_SLASHED = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}|\d\d){_TIME}", re.IGNORECASE)
_DAY_NAMED = re.compile(r"(\d{1,2})[-. ]+([a-z]{3,9})[-., ]+(\d{4}|\d\d)", re.IGNORECASE)
_MONTH_NAMED = re.compile(r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.IGNORECASE)
_SPREADSHEET_DAY = re.compile(r"[34]\d{4}(?:\.\d+)?")
_MONTH_MAX = 12


def evident_order(texts: Iterable[str]) -> Order | Literal["mixed"] | None:
    """What the file's dates show: 25/12/2023 says day first; `mixed` where they disagree, None where none tells."""
    shown: set[Order] = set()
    for text in texts:
        if (found := _SLASHED.fullmatch(text)) is None:
            continue
        first, second = int(found[1]), int(found[2])
        if first > _MONTH_MAX >= second:
            shown.add("day_first")
        if second > _MONTH_MAX >= first:
            shown.add("month_first")
    return "mixed" if len(shown) > 1 else next(iter(shown), None)


def read_date(text: str, order: Order | Literal["mixed"] | None) -> date | Wrong:
    """The day that is meant, or what is wrong with it."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(text, found[1], found[2], found[3])
    if found := _DOTTED.fullmatch(text):
        return _day(text, found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        return _slashed(text, found, order)
    return _named(text)


def _slashed(text: str, found: re.Match[str], order: Order | Literal["mixed"] | None) -> date | Wrong:
    first, second = found[1], found[2]
    if order == "mixed":
        return Wrong(
            f"'{text}' stands in a file where some dates begin with the day and others with the month",
            "Write all dates like 2024-03-31",
        )
    if order is None and int(first) != int(second):
        return Wrong(
            f"'{text}' can be read in two ways, and no date of this file shows which",
            "Write it like 2024-03-31, or say --dates day-first or --dates month-first",
        )
    day, month = (second, first) if order == "month_first" else (first, second)
    return _day(text, found[3], month, day)


def _named(text: str) -> date | Wrong:
    """3 Mar 2024, 03-Mar-24 or March 3, 2024."""
    day_first, month_first = _DAY_NAMED.fullmatch(text), _MONTH_NAMED.fullmatch(text)
    day, month, year = "", "", ""
    if day_first:
        day, month, year = day_first.groups()
    elif month_first:
        month, day, year = month_first.groups()
    short = month[:3].casefold()
    if short in _MONTHS:
        return _day(text, year, str(_MONTHS.index(short) + 1), day)
    if _SPREADSHEET_DAY.fullmatch(text):
        return Wrong(f"'{text}' is a spreadsheet's day number", "Format the column as a date like 2024-03-31")
    return Wrong(f"'{text}' is not a date", "Write it like 2024-03-31")


def _day(text: str, year: str, month: str, day: str) -> date | Wrong:
    full = int(year) + (2000 if len(year) == len("24") else 0)
    try:
        found = date(full, int(month), int(day))
    except ValueError:
        return Wrong(f"'{text}' is no day of the calendar", "Write it like 2024-03-31")
    if found.year not in _YEARS:
        return Wrong(f"'{text}' is in the year {full}", f"Years go from {_YEARS[0]} to {_YEARS[-1]}")
    return found
