"""Reads an amount of money as people write it, the same on the page, in the API and in the command."""

import re

from rollcall_collector.errors import AmountError

AMOUNT_MAX = 1e12
"""More money than any district has."""
_CURRENCY = r"(?:[A-Za-z]{0,3}[$€£¥₹₽₺₴]|[A-Z]{3}|kr|zł|Kč|Ft|Fr\.?|lei|лв)"
_AROUND = re.compile(rf"^{_CURRENCY}(?![A-Za-z])\s*|\s*{_CURRENCY}$")
_TIMES = {"k": 1e3, "tsd": 1e3, "m": 1e6, "mio": 1e6}
_SCALE = re.compile(r"(?<=\d)\s*(k|K|[Tt]sd\.?|m|M|[Mm]io\.?)$")
_BLANKS = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")


def read_amount(text: str) -> float:
    """`40000`, `40,000`, `40.000`, `40 000`, `€40000`, `1.234,50`, `40k`: 0 or more.

    Three digits after a single mark are thousands: nobody budgets tenths of a cent; two marks of different kinds are
    thousands and decimals. Raises AmountError for what people would read in two ways, and for what is no amount.
    """
    bare = _AROUND.sub("", _AROUND.sub("", text.strip())).strip()
    scale = _SCALE.search(bare)
    times = 1.0 if scale is None else _TIMES[scale[1].lower().rstrip(".")]
    bare = bare if scale is None else bare[: scale.start()]
    bare = re.sub(r"[.,][-\u2013]?$", "", _BLANKS.sub("", bare))
    plain = _to_plain(bare, is_scaled=scale is not None)
    if plain is None or not _PLAIN.fullmatch(plain):
        raise AmountError(text)
    amount = float(plain) * times
    if amount > AMOUNT_MAX:
        raise AmountError(text)
    return amount


def _to_plain(bare: str, *, is_scaled: bool) -> str | None:
    """The number with a point for decimals and nothing else; None where its marks can be read in two ways."""
    marks = [letter for letter in bare if letter in ",."]
    if not marks:
        return bare
    groups = re.split(r"[,.]", bare)
    if not all(group.isascii() and group.isdigit() for group in groups):
        return None
    last = groups[-1]
    if len(set(marks)) == len(marks) == 1:
        return _one_mark(groups[0], last, is_scaled=is_scaled)
    has_decimals = marks[-1] != marks[0]
    whole = groups[:-1] if has_decimals else groups
    is_grouped = len(set(marks[: len(whole) - 1])) == 1 and 1 <= len(whole[0]) <= 3  # noqa: PLR2004  # thousands
    if not is_grouped or any(len(group) != 3 for group in whole[1:]) or (has_decimals and len(last) > 2):  # noqa: PLR2004
        return None
    return "".join(whole) + (f".{last}" if has_decimals else "")


def _one_mark(whole: str, after: str, *, is_scaled: bool) -> str | None:
    """A single mark: decimals in one or two digits, thousands before three; `1.234k` could be either."""
    if len(after) <= 2:  # noqa: PLR2004  # cents
        return f"{whole}.{after}"
    if len(after) != 3 or len(whole) > 3 or is_scaled or whole.startswith("0"):  # noqa: PLR2004  # thousands
        return None
    return whole + after
