"""What `rollcall backtest` can be asked."""

import argparse
from datetime import date
from pathlib import Path

from rollcall_collector.cli.parts.verb import Syntax


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--own", action="store_true", help="judge the fleet by what is kept of it here, instead of by files")
    add(
        "--units",
        type=Path,
        metavar="CSV",
        help="columns unit, start, end, those of --cohort; site, hours if told",
    )
    add("--events", type=Path, metavar="CSV", help="columns unit, time, and kind if told: one line a failure")
    add("--at", type=_date, action="append", default=[], metavar="DATE", help="a day to judge on; give it again")
    add("--horizon", type=int, metavar="DAYS", help="how long to look ahead (365; with --own half the record if less)")
    add("--cohort", metavar="COLUMNS", help="who are peers, widest first (default model,cohort as the file has them)")
    add("--where", action="append", default=[], metavar="COLUMN=VALUES", help="keep these units only; * and ? match")
    add("--events-where", action="append", default=[], metavar="COLUMN=VALUES", help="keep these failures only")
    add("--gap-hours", type=float, metavar="HOURS", help="failures closer than this are one (default 72)")
    add(
        "--threshold", type=float, metavar="TIMES", help="worse than its peers by this (1.5; with --own the settings')"
    )
    add("--json", action="store_true", help="print one JSON object instead of tables")
    add("--out", type=Path, metavar="HTML", help="also write a page with tables and charts, to be read or printed")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date like 2024-09-01") from None


SYNTAX = (Syntax(name="backtest", configure=_configure),)
