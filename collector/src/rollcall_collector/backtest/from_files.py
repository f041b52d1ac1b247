"""Back-tests the records of two CSV files, whosever they are."""

import argparse
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rollcall_collector.backtest.evaluate import backtest
from rollcall_collector.backtest.read_csv import read_failures, read_filter, read_units
from rollcall_collector.backtest.report import Report, report_of
from rollcall_collector.backtest.unit_records import Records, assemble
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.judge.parameters import Parameters

_EPOCH = date(1970, 1, 1)


def backtest_files(
    chosen: argparse.Namespace,
    *,
    days: Sequence[date],
    horizon_days: int,
    parameters: Parameters,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> Report:
    """The report on `--units` and `--events`, judged on each of the days; `warn` is told what was left out."""
    if chosen.units is None or chosen.events is None:
        raise RecordsError("give --units and --events, or --own for the fleet's own record")
    if not days:
        raise RecordsError("give a day to judge on: --at DATE, with a year of the record after it and more before it")
    columns = chosen.cohort.split(",") if chosen.cohort else None
    say(f"reading {chosen.units.name}")
    units, index = read_units(chosen.units, columns=columns, where=read_filter(chosen.where))
    say(f"reading {chosen.events.name}")
    failures, kinds, warnings = read_failures(
        chosen.events, units=units, index=index, where=read_filter(chosen.events_where)
    )
    for warning in warnings:
        warn(f"{chosen.events.name}: {warning}")
    records = assemble(units, failures, kinds=kinds, gap_hours=parameters.gap_hours, cap_days=parameters.cap_days)
    say(f"{len(units):,} units, {len(failures):,} failures, {len(records.incident_day):,} incidents")
    last_day = max((at_us for _, at_us in failures), default=0) // DAY_US
    outcomes, notes = [], list(warnings)
    for at in days:
        say(f"judging as of {at}")
        until_day = (at - _EPOCH).days
        _check_service(records, at, until_day)
        outcomes.append(backtest(records, until_day=until_day, horizon_days=horizon_days, parameters=parameters))
        if until_day <= last_day < until_day + horizon_days - _QUIET_DAYS:
            notes.append(
                f"The last failure on record is of {_EPOCH + timedelta(days=last_day)}: if the record ends there, "
                f"look {last_day + 1 - until_day} days ahead from {at} (--horizon), not {horizon_days}."
            )
    return report_of(outcomes, parameters, notes)


_QUIET_DAYS = 30
"""A record that falls silent so long before the end of the horizon may have ended there."""


def _check_service(records: Records, at: date, until_day: int) -> None:
    if not ((records.start_day < until_day) & (records.end_day > until_day)).any():
        raise RecordsError(f"no unit is in service on {at}: choose a day within the records for --at")
