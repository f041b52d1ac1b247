"""Prints what was found: as an aligned table for people, as JSON or CSV for programs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from rollcall_collector.sheets.csv_cells import write_lines


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str) -> None:
    """A table with its numbers to the right; without rows the sentence `empty`, which says what to do first."""
    if not rows:
        print(empty)
        return
    texts = [[_text(cell) for cell in row] for row in rows]
    are_numbers = [all(isinstance(row[place], int | float | None) for row in rows) for place in range(len(headings))]
    widths = [max(len(heading), *(len(row[place]) for row in texts)) for place, heading in enumerate(headings)]
    for row in ([heading.upper() for heading in headings], *texts):
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, are_numbers, strict=True)
        ]
        print("  ".join(cells).rstrip())


def print_json(value: Any) -> None:
    """The value as JSON, names as in the code, instants and days in ISO form."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def print_csv(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """The rows as CSV with a line of headings."""
    sys.stdout.write(write_lines([headings, *([_value(cell) for cell in row] for row in rows)], end="\n"))


def plain(value: Any) -> Any:
    """Dataclasses, instants and days as what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case float():
            return f"{cell:.1f}"
        case _:
            return str(cell)


def _value(cell: Any) -> Any:
    """As in the table, but numbers stay numbers."""
    match cell:
        case datetime():
            return _text(cell)
        case float():
            return round(cell, 1)
        case _:
            return cell
