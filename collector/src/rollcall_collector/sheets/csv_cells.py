"""Writes lines of CSV whose cells no spreadsheet runs as a formula, and takes such guards off again.

What a device or a list says is other people's text: opened in a spreadsheet, a cell that begins like a formula would
be run (OWASP, "CSV injection"). An apostrophe in front makes it text. `unguard` undoes exactly what `guard` did.
"""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date

_RUNS = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\d]")
_AS_TEXT = re.compile(
    r'''=\s*(?:HYPERLINK\(\s*"[^"]*"\s*[,;]\s*|[A-Z]*\(\s*)?"((?:[^"]|"")*)"\s*\)?(?:\s*&\s*"")?|=""([^"]+)""'''
    r"|=(\d[\w-]*)",
    re.IGNORECASE,
)
"""="007" in its forms: =T("007"), =("007"), ="007"&"", =HYPERLINK("https://…","007"), =007, or quotes doubled."""


BOM = "\ufeff"
"""Without it Excel takes a CSV file for one of its own old code page, and shows `MÃ¼ller`. What a person opens begins
with it: files and downloads; what goes to another program, like standard output, does not."""


class Sign(str):
    """A sign of the list's own making, like the hyphen that takes away: written as it stands, for it runs nothing."""

    __slots__ = ()


def guard(text: str) -> str:
    """The text with an apostrophe in front, where a spreadsheet would run it or `unguard` would shorten it."""
    return f"'{text}" if _RUNS.match(text) or _GUARDED.match(text) else text


def unguard(text: str) -> str:
    """What a guarded cell says: `'=x`, `'007`, `="007"` and `=T("007")` are =x, 007, 007 and 007."""
    if _GUARDED.match(text):
        return text[1:]
    found = _AS_TEXT.fullmatch(text)
    return (found[2] or found[3] or found[1]).replace('""', '"') if found else text


def write_cell(value: object) -> str:
    """Text guarded, None empty, days and instants in ISO form, numbers plain with at most four decimals."""
    match value:
        case None:
            return ""
        case Sign():
            return value
        case str():
            return guard(value)
        case float():
            return f"{value:.4f}".rstrip("0").rstrip(".")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def as_file(text: str) -> bytes:
    """Lines of CSV as a file that a person opens."""
    return f"{BOM}{text}".encode()


def write_lines(rows: Iterable[Iterable[object]], *, end: str = "\r\n") -> str:
    """The rows as lines of CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([write_cell(value) for value in row] for row in rows)
    return text.getvalue()
