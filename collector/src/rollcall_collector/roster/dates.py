"""Reads dates as people and programs write them; 03/04/2024 is only read where the file itself shows what it means.

A month alone, as Google writes the end of updates, stands for its first day: the same device then has the same day
from every one of Google's lists.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Literal

from rollcall_collector.roster.month_names import month_of
from rollcall_collector.roster.wrong import Unsaid, Wrong

Order = Literal["day_first", "month_first"]
_YEARS = range(1990, 2101)
_NINETEEN_HUNDREDS_FROM = 50  # two digits: 98 is 1998, 31 is 2031
_DAYS_MAX = 31
_ZONE = r"(?: ?(?:Z|UTC|GMT)?(?:[+-]\d\d:?\d\d)?(?: \(.*\))?)"
_TIME = rf"(?:,? ?[T ] ?\d{{1,2}}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AP]\.?M\.?)?{_ZONE}?)?"
_WEEKDAY = r"(?:[a-zà-ü]{2,10}\.?,? )?"
_NAME = r"([^\W\d_]{3,10})\.?"
_OF = r"[-/., ]+(?:de |del |of )?"
_YEAR = r"(\d{4}|\d\d)"
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})[-/.] ?(\d{{1,2}})[-/.] ?(\d{{1,2}})\.?{_TIME}|(20\d\d)(\d\d)(\d\d)", re.IGNORECASE
)
_DOTTED = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?{_YEAR}{_TIME}", re.IGNORECASE)
_SLASHED = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-]{_YEAR}{_TIME}", re.IGNORECASE)
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?{_OF}{_NAME}{_OF}{_YEAR}{_TIME}", re.IGNORECASE
)
_MONTH_NAMED = re.compile(rf"{_WEEKDAY}{_NAME} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"{_NAME}(?:{_OF}(\d{{4}})|(?:[-/]'?| ')(\d\d))", re.IGNORECASE)  # Jun-29 is a spreadsheet's
_MONTH_NUMBER = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_SINCE_1970 = re.compile(r"(\d{10})(\d{3})?(?:\.0)?")
_SPREADSHEET_DAY = re.compile(r"[34]\d{4}(?:\.\d+)?")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_SAYS_NO_DAY = frozenset(
    (
        *("never", "expired", "lifetime", "unlimited", "yes", "ja", "oui", "abgelaufen", "unbefristet", "expiré"),
        *("expirée", "verlopen", "scaduto", "scaduta", "caducado", "caducada", "vencido", "vencida"),
    )
)
"""Words where a day should stand: true or not, no day follows from them."""
_MONTH_MAX = 12
# what programs write for "no day": a spreadsheet's 0 (1904 on a Mac), SQL's 0000-00-00 and 1753, .NET's year 1,
# Windows' 1601, the last second that 32 bits hold (2106), "never" as 9999; the years 1 and 9999 in milliseconds, too
_NO_YEAR = "(?:0000|0001|1601|1753|1899|1900|1904|2106|9999)"
_NO_DAY = re.compile(
    rf"{_NO_YEAR}(?:[-/.].*)?|.*[-/., ]{_NO_YEAR}(?:[t, ]+\d{{1,2}}:.*)?|0+|-1|0?0[-/.]0?0[-/.]00"
    r"|-62135596800(?:000)?|253402\d{6}(?:\d{3})?"
    r"|(?:19(?:69-12-31|70-01-01)|(?:12/31|31/12)/1969|0?1/0?1/1970|0?1\.0?1\.1970)(?!\d).*"
)


def evident_order(texts: Iterable[str]) -> Order | Literal["mixed"] | None:
    """What the file's dates show: 25/12/2023 says day first; `mixed` where they disagree, None where none tells."""
    shown: set[Order] = set()
    for text in texts:
        if (found := _SLASHED.fullmatch(text)) is None or _NO_DAY.fullmatch(text):
            continue
        first, second = int(found[1]), int(found[2])
        if max(first, second) > _DAYS_MAX:
            continue
        if first > _MONTH_MAX >= second:
            shown.add("day_first")
        if second > _MONTH_MAX >= first:
            shown.add("month_first")
    return "mixed" if len(shown) > 1 else next(iter(shown), None)


def read_date(text: str, order: Order | Literal["mixed"] | None) -> date | Wrong | Unsaid:
    """The day that is meant, or what is wrong with it."""
    if text.casefold() in _SAYS_NO_DAY or _NO_DAY.fullmatch(text.casefold()):
        return Unsaid("is no day")
    if found := _SLASHED.fullmatch(text):
        return _slashed(text, found, order)
    return _numbered(text) or _named(text)


def _numbered(text: str) -> date | Wrong | None:
    """2024-03-31, 20240331, 31.3.2024, 1711843200000 (milliseconds since 1970), or only 2024-03; None for others."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(text, found[1] or found[4], found[2] or found[5], found[3] or found[6])
    if found := _DOTTED.fullmatch(text):
        return _day(text, found[3], found[2], found[1])
    if found := _SINCE_1970.fullmatch(text):
        return _in_range(text, datetime.fromtimestamp(int(found[1]), UTC).date())
    if found := _MONTH_NUMBER.fullmatch(text):
        return _day(text, found[1] or found[4], found[2] or found[3], "1")
    return None


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
    """3 Mar 2024, 03-Mar-24, March 3, 2024, 3 de março de 2024, or only June 2027."""
    day, name, year = "1", "", ""
    if found := _DAY_NAMED.fullmatch(text):
        day, name, year = found.groups()
    elif found := _MONTH_NAMED.fullmatch(text):
        name, day, year = found.groups()
    elif found := _MONTH_ONLY.fullmatch(text):
        name, year = found[1], found[2] or found[3]
    if (month := month_of(name)) is not None:
        return _day(text, year, str(month), day)
    if _SPREADSHEET_DAY.fullmatch(text):
        return Wrong(f"'{text}' is a spreadsheet's day number", "Format the column as a date like 2024-03-31")
    if _SHORTENED.fullmatch(text):
        return Wrong(
            f"'{text}' is a number that a spreadsheet has shortened", "Format the column as text, export again"
        )
    return Wrong(f"'{text}' is not a date", "Write it like 2024-03-31")


def _day(text: str, year: str, month: str, day: str) -> date | Wrong:
    full = int(year)
    if len(year) == len("24"):
        full += 1900 if full >= _NINETEEN_HUNDREDS_FROM else 2000
    try:
        return _in_range(text, date(full, int(month), int(day)))
    except ValueError:
        return Wrong(f"'{text}' is no day of the calendar", "Write it like 2024-03-31")


def _in_range(text: str, found: date) -> date | Wrong:
    if found.year not in _YEARS:
        return Wrong(f"'{text}' is in the year {found.year}", f"Years go from {_YEARS[0]} to {_YEARS[-1]}")
    return found
