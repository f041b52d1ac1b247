"""Reads anyone's CSV files of units and failures, and says which line is wrong when one is."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.records import Unit

_EPOCH = date(1970, 1, 1)
_EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Filter = Mapping[str, tuple[str, ...]]


def read_filter(texts: Sequence[str]) -> Filter:
    """`column=pattern[,pattern…]` by column; a row passes when every column matches one of its patterns (* and ?)."""
    found = {}
    for text in texts:
        column, equals, patterns = text.partition("=")
        if not equals or not column:
            raise RecordsError(f"cannot read the filter '{text}': write column=value, for example model=cpu2x4,cpu4x*")
        found[column.strip()] = tuple(one.strip() for one in patterns.split(","))
    return found


def read_units(path: Path, *, columns: Sequence[str] | None, where: Filter) -> tuple[list[Unit], dict[str, int]]:
    """The units that pass the filter, and the index of each by name; -1 for those left out by the filter.

    Columns: unit, start (a date), end (a date, or empty while in service), and those that make the cohort, from the
    widest to the closest; without `columns`, of model and cohort what the file has.
    """
    units: list[Unit] = []
    index: dict[str, int] = {}
    for line, row in _rows(path, needed=("unit", "start", *(columns or ()), *where)):
        name = row["unit"]
        if not name:
            raise RecordsError(f"{path.name} line {line}: the column 'unit' is empty")
        if name in index:
            raise RecordsError(f"{path.name} line {line}: unit '{name}' stands here a second time")
        start, end = _day(path, line, "start", row["start"]), row.get("end", "")
        end_day = _day(path, line, "end", end) if end else None
        if end_day is not None and end_day < start:
            raise RecordsError(f"{path.name} line {line}: unit '{name}' ends before it starts")
        is_in = _passes(row, where)
        index[name] = len(units) if is_in else -1
        if is_in:
            traits = tuple(row[one] for one in (columns or [c for c in ("model", "cohort") if c in row]))
            units.append(Unit(name=name, start_day=start, end_day=end_day, traits=traits))
    if not units:
        raise RecordsError(f"{path.name}: no unit is left to judge{'; the filter passes none' if where else ''}")
    return units, index


def read_failures(path: Path, *, index: Mapping[str, int], where: Filter) -> tuple[list[tuple[int, int]], list[str]]:
    """(unit's index, instant in microseconds UTC) of every failure that passes, and warnings worth a line each.

    Columns: unit and time (ISO 8601; without an offset it is read as UTC).
    """
    failures: list[tuple[int, int]] = []
    strangers: list[tuple[int, str]] = []
    for line, row in _rows(path, needed=("unit", "time", *where)):
        instant = _instant(path, line, row["time"])
        unit = index.get(row["unit"])
        if unit is None:
            strangers.append((line, row["unit"]))
        elif unit >= 0 and _passes(row, where):
            failures.append((unit, (instant - _EPOCH_AT) // _MICROSECOND))
    if not strangers:
        return failures, []
    line, name = strangers[0]
    return failures, [f"{len(strangers)} failures of unknown units are left out, the first on line {line}: '{name}'"]


def _rows(path: Path, *, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of its line; the header is line 1."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval=None)
            lacking = [one for one in needed if one not in (reader.fieldnames or ())]
            if lacking:
                has = ", ".join(reader.fieldnames or ()) or "nothing"
                raise RecordsError(f"{path.name} line 1: the column '{lacking[0]}' is missing; the file has {has}")
            for row in reader:
                if None in row or None in row.values():
                    raise RecordsError(f"{path.name} line {reader.line_num}: not as many fields as the header has")
                yield reader.line_num, {key: value.strip() for key, value in row.items()}
    except OSError as error:
        raise RecordsError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordsError(f"{path.name} is not a CSV file in UTF-8: {error}") from error


def _passes(row: Mapping[str, str], where: Filter) -> bool:
    return all(any(fnmatchcase(row[column], one) for one in patterns) for column, patterns in where.items())


def _day(path: Path, line: int, column: str, text: str) -> int:
    try:
        return (datetime.fromisoformat(text).date() - _EPOCH).days
    except ValueError:
        raise RecordsError(f"{path.name} line {line}: {column} '{text}' is not a date like 2024-09-01") from None


def _instant(path: Path, line: int, text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise RecordsError(f"{path.name} line {line}: time '{text}' is not like 2024-09-01 13:05:00") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
