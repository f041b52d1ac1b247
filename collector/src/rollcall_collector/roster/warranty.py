"""Reads a warranty or end of support told as a span, as Snipe-IT does: 36, 36 months, 3 years from the purchase."""

import re
from calendar import monthrange
from datetime import date

_SPAN = re.compile(
    r"(\d{1,3})(?:\.0+)? ?(?:(months?|mths?|mo|monate?n?|mois|maand|maanden|mese|mesi|mes|meses|mês)"
    r"|(years?|yrs?|y|jahre?n?|ans?|années?|jaar|jaren|anno|anni|años?|anos?))?\.?",
    re.IGNORECASE,
)
MONTHS_MAX = 180


def read_months(text: str) -> int | None:
    """How many months are meant; a number alone means months. None for what is no span."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    months = int(found[1]) * (12 if found[3] else 1)
    return months if 0 < months <= MONTHS_MAX else None


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
