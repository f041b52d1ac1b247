"""`rollcall backtest`: would its lists have been right in past years? Asked of anyone's own records."""

import argparse
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from rollcall_collector.cli.backtest_table import as_json, as_text
from rollcall_collector.cli.records import read_failures, read_filter, read_units
from rollcall_collector.cli.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.backtest import Outcome, backtest
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.records import assemble

_EPOCH = date(1970, 1, 1)


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--units", type=Path, required=True, metavar="CSV", help="columns unit, start, end, and those of --cohort")
    add("--events", type=Path, required=True, metavar="CSV", help="columns unit, time: one line a failure")
    add("--at", type=_date, action="append", required=True, metavar="DATE", help="a day to judge on; give it again")
    add("--horizon", type=int, default=365, metavar="DAYS", help="how long to look ahead (default 365)")
    add("--cohort", metavar="COLUMNS", help="who are peers, widest first (default model,cohort as the file has them)")
    add("--where", action="append", default=[], metavar="COLUMN=VALUES", help="keep these units only; * and ? match")
    add("--events-where", action="append", default=[], metavar="COLUMN=VALUES", help="keep these failures only")
    add("--gap-hours", type=float, default=72, metavar="HOURS", help="failures closer than this are one (default 72)")
    add("--threshold", type=float, default=1.5, metavar="TIMES", help="worse than its peers by this (default 1.5)")
    add("--flexible-prior", action="store_true", help="let the fleet shape the prior (from 1,000 units on)")
    add("--json", action="store_true", help="print one JSON object instead of tables")


def _run(arguments: argparse.Namespace, _settings: CollectorSettings) -> int:
    columns = arguments.cohort.split(",") if arguments.cohort else None
    if arguments.horizon < 1 or arguments.gap_hours <= 0 or arguments.threshold <= 0:
        raise RecordsError("--horizon, --gap-hours and --threshold must be above zero")
    _progress(f"reading {arguments.units.name}")
    units, index = read_units(arguments.units, columns=columns, where=read_filter(arguments.where))
    _progress(f"reading {arguments.events.name}")
    failures, warnings = read_failures(arguments.events, index=index, where=read_filter(arguments.events_where))
    for warning in warnings:
        print(f"rollcall: {arguments.events.name}: {warning}", file=sys.stderr)
    parameters = replace(
        Parameters(),
        gap_hours=arguments.gap_hours,
        threshold=arguments.threshold,
        has_flexible_prior=arguments.flexible_prior,
    )
    records = assemble(units, failures, gap_hours=parameters.gap_hours, cap_days=parameters.cap_days)
    _progress(f"{len(units):,} units, {len(failures):,} failures, {len(records.incident_day):,} incidents")
    outcomes: list[Outcome] = []
    for at in sorted(set(arguments.at)):
        _progress(f"judging as of {at}")
        until_day = (at - _EPOCH).days
        if not ((records.start_day < until_day) & (records.end_day > until_day)).any():
            raise RecordsError(f"no unit is in service on {at}: choose a day within the records for --at")
        outcomes.append(backtest(records, until_day=until_day, horizon_days=arguments.horizon, parameters=parameters))
    print(as_json(outcomes, parameters) if arguments.json else as_text(outcomes, parameters))
    return 0


def _progress(text: str) -> None:
    print(f"rollcall: {text} …", file=sys.stderr)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date like 2024-09-01") from None


VERBS: tuple[Verb, ...] = (
    Verb(
        name="backtest",
        help="judge past years on your own records, and compare with what happened afterwards",
        configure=_configure,
        run=_run,
    ),
)
