"""Reads anyone's CSV files of units and failures, and says which line is wrong when one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from rollcall_collector.backtest.csv_dates import read_day, read_instant_us
from rollcall_collector.backtest.csv_file import is_nothing, read_rows
from rollcall_collector.backtest.unit_records import Unit
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.arrays import DAY_US

USUAL_COLUMNS = ("model", "cohort")
SITE, HOURS, KIND = "site", "hours", "kind"
"""What a unit stands at, its hours of use on a day of use, and what failed: columns that a file may have."""
_GRACE_DAYS = 1
"""A failure may stand a day outside its unit's service: the two files need not mean the same zone."""
_EPOCH = date(1970, 1, 1)
_NO_KIND = "no kind told"
_DAY_HOURS = 24
Filter = Mapping[str, tuple[str, ...]]


def read_filter(texts: Sequence[str]) -> Filter:
    """`column=pattern[,pattern…]` by column; a row passes when every column matches one of its patterns (* and ?)."""
    found = {}
    for text in texts:
        column, equals, patterns = text.partition("=")
        if not equals or not column.strip():
            raise RecordsError(f"cannot read the filter '{text}': write column=value, for example model=cpu2x4,cpu4x*")
        found[column.strip().casefold()] = tuple(one.strip() for one in patterns.split(","))
    return found


def read_units(path: Path, *, columns: Sequence[str] | None, where: Filter) -> tuple[list[Unit], dict[str, int]]:
    """The units that pass the filter, and the index of each by name; -1 for those left out by the filter.

    Columns: unit, start (a date), end (a date, or empty while in service), and those that make the cohort, from the
    widest to the closest; without `columns`, of model and cohort what the file has, and the year of the start where
    no cohort is told: a rate that mixes a bad year with good ones ranks upside down. Also site and hours, where told.
    """
    units: list[Unit] = []
    index: dict[str, int] = {}
    named = [one.strip().casefold() for one in columns or ()]
    for line, row in read_rows(path, needed=("unit", "start", *named, *where)):
        name = row["unit"]
        if not name:
            raise RecordsError(f"{path.name} line {line}: the column 'unit' is empty")
        if name in index:
            raise RecordsError(f"{path.name} line {line}: unit '{name}' stands here a second time")
        start, end = _day(path, line, "start", row["start"]), row.get("end", "")
        end_day = None if is_nothing(end) else _day(path, line, "end", end)
        if end_day is not None and end_day < start:
            raise RecordsError(f"{path.name} line {line}: unit '{name}' ends before it starts")
        is_in = _passes(row, where)
        index[name] = len(units) if is_in else -1
        if is_in:
            traits = tuple(row[one] for one in (named or [one for one in USUAL_COLUMNS if one in row]))
            if not named and USUAL_COLUMNS[-1] not in row:
                traits = (*traits, str((_EPOCH + timedelta(days=start)).year))
            hours = _hours(path, line, row.get(HOURS, ""))
            units.append(
                Unit(
                    name=name, start_day=start, end_day=end_day, traits=traits, site=row.get(SITE) or None, hours=hours
                )
            )
    if not units:
        raise RecordsError(f"{path.name}: no unit is left to judge{'; the filter passes none' if where else ''}")
    return units, index


def read_failures(
    path: Path, *, units: Sequence[Unit], index: Mapping[str, int], where: Filter
) -> tuple[list[tuple[int, int]], list[str], list[str]]:
    """(unit's index, instant in microseconds UTC) of every failure that passes, their kinds, and warnings.

    Columns: unit and time (year first; without a zone it is read as UTC), and kind, where told: no kinds where it is
    not. Left out, with a warning worth a line, are failures of unknown units, those without a time, and those outside
    their unit's service.
    """
    failures: list[tuple[int, int]] = []
    kinds: list[str] = []
    left_out = _LeftOut()
    for line, row in read_rows(path, needed=("unit", "time", *where)):
        if is_nothing(row["time"]):
            left_out.add("without a time", line, row["unit"])
            continue
        instant_us = read_instant_us(row["time"])
        if instant_us is None:
            raise RecordsError(f"{path.name} line {line}: time '{row['time']}' is not like 2024-09-01 13:05:00")
        unit = index.get(row["unit"])
        if unit is None:
            left_out.add("of unknown units", line, row["unit"])
        elif unit >= 0 and _passes(row, where):
            if _is_within(units[unit], instant_us // DAY_US):
                failures.append((unit, instant_us))
                kinds += [row[KIND] or _NO_KIND] if KIND in row else []
            else:
                left_out.add("outside their unit's service", line, f"{row['unit']} at {row['time']}")
    if left_out.count and not failures:
        raise RecordsError(f"{path.name}: no failure is left to judge by: {'; '.join(left_out.tell())}")
    return failures, kinds, left_out.tell()


@dataclass(slots=True)
class _LeftOut:
    """Failures that are not counted, by why; the first of each kind is named."""

    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, why: str, line: int, what: str) -> None:
        self.first.setdefault(why, (line, what))
        self.counts[why] = self.counts.get(why, 0) + 1

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def tell(self) -> list[str]:
        return [
            f"{self.counts[why]:,} failures {why} are left out, the first on line {line}: '{what}'"
            for why, (line, what) in self.first.items()
        ]


def _is_within(unit: Unit, day: int) -> bool:
    is_early = day < unit.start_day - _GRACE_DAYS
    return not is_early and (unit.end_day is None or day <= unit.end_day + _GRACE_DAYS)


def _passes(row: Mapping[str, str], where: Filter) -> bool:
    return all(any(fnmatchcase(row[column], one) for one in patterns) for column, patterns in where.items())


def _hours(path: Path, line: int, text: str) -> float | None:
    """Hours of use on a day of use; None where nobody told."""
    if is_nothing(text):
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 < hours <= _DAY_HOURS:
        raise RecordsError(f"{path.name} line {line}: hours '{text}' is no number of hours a day, like 6.5")
    return hours


def _day(path: Path, line: int, column: str, text: str) -> int:
    day = read_day(text)
    if day is None:
        raise RecordsError(f"{path.name} line {line}: {column} '{text}' is not a date like 2024-09-01")
    return day
