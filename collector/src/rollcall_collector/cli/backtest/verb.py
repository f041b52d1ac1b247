"""`rollcall backtest`: would its lists have been right in past years? Asked of anyone's records, or of the fleet's."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from rollcall_collector.backtest.from_files import backtest_files
from rollcall_collector.backtest.html_page import as_page
from rollcall_collector.backtest.report import Report
from rollcall_collector.backtest.table import as_json, as_text
from rollcall_collector.cli.arguments.backtest import SYNTAX
from rollcall_collector.cli.backtest.own import backtest_store, tell_shortfall
from rollcall_collector.cli.parts.assembly import clock
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RecordsError
from rollcall_collector.judge.parameters import Parameters

_FOR_FILES = ("units", "events", "cohort", "where", "events_where")


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    horizon = chosen.horizon
    for given in (horizon, chosen.gap_hours, chosen.threshold):
        if given is not None and not given > 0:
            raise RecordsError("--horizon, --gap-hours and --threshold must be above zero")
    parameters = _parameters(chosen, settings.judge.parameters if chosen.own else Parameters())
    days = tuple(sorted(set(chosen.at)))
    if chosen.own:
        if given := [one for one in _FOR_FILES if getattr(chosen, one)]:
            raise RecordsError(f"--{given[0].replace('_', '-')} is for files: leave it out, or leave --own out")
        found = backtest_store(
            settings, today=clock().date(), days=days, horizon_days=horizon, parameters=parameters, say=_progress
        )
        if not isinstance(found, Report):
            print(tell_shortfall(found, is_json=chosen.json))
            return 1
    else:
        found = backtest_files(
            chosen, days=days, horizon_days=horizon or 365, parameters=parameters, say=_progress, warn=_warn
        )
    if chosen.out is not None:
        _write(chosen.out, as_page(found))
    print(as_json(found) if chosen.json else as_text(found))
    return 0


def _parameters(chosen: argparse.Namespace, usual: Parameters) -> Parameters:
    return replace(
        usual,
        gap_hours=usual.gap_hours if chosen.gap_hours is None else chosen.gap_hours,
        threshold=usual.threshold if chosen.threshold is None else chosen.threshold,
        has_flexible_prior=usual.has_flexible_prior,
    )


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RecordsError(f"cannot write {path}: {error.strerror}") from error
    print(f"rollcall: the page is written to {path}", file=sys.stderr)


def _warn(text: str) -> None:
    print(f"rollcall: {text}", file=sys.stderr)


def _progress(text: str) -> None:
    print(f"rollcall: {text} …", file=sys.stderr)


VERBS = verbs_of(SYNTAX, _run)
