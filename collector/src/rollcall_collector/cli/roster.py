"""`rollcall roster`: takes the school's list of devices in, and gives it out."""

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.roster import SYNTAX
from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.store import operated_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import RosterError
from rollcall_collector.model.roster import RosterChanges, RosterReading
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_count
from rollcall_collector.roster import RosterReport, export_roster, import_roster, read_list_before
from rollcall_collector.roster.mapping import read_wishes
from rollcall_collector.sheets.csv_cells import as_file
from rollcall_collector.store.audit.noting import note_export

SHOWN = 50


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    return _import(chosen, settings) if chosen.action == "import" else _export(chosen, settings)


def _import(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    try:
        content = chosen.file.read_bytes()
    except OSError as error:
        raise RosterError(f"{chosen.file} cannot be read ({error.strerror}): name a CSV file") from error
    with operated_store(settings) as engine:
        report = import_roster(
            engine,
            Scope.all(),
            content,
            new_site=school_kept(settings, engine).new_site,
            dates=None if chosen.dates is None else chosen.dates.replace("-", "_"),
            columns=read_wishes(chosen.map),
            site=(chosen.site or "").strip() or None,
            today=datetime.now(UTC).date(),
            is_dry_run=chosen.dry_run,
            skips_bad=chosen.skip_bad,
            new_sites=chosen.new_site,
        )
    if chosen.json:
        print_json(report)
    else:
        _print(report)
    return 1 if report.changes is None else 0


def _print(report: RosterReport) -> None:
    if report.is_dry_run:
        _print_columns(report.reading)
    _print_some([str(problem) for problem in report.reading.problems])
    changes = report.changes
    for remark in (*report.reading.remarks, *(changes.remarks if changes else ())):
        print(f"note: {remark}")
    if report.twins and changes is None:
        _print_twins(report)
    elif changes is None:
        _print_refusal(report)
    else:
        _print_changes(changes, is_dry_run=report.is_dry_run)


def _print_changes(changes: RosterChanges, *, is_dry_run: bool) -> None:
    if is_dry_run:
        _print_some(list(changes.lines))
    for kind, names in (("sites", changes.sites), ("carts", changes.carts)):
        if names:
            print(f"new {kind}: {', '.join(names)}")
    would = "would be " if is_dry_run else ""
    added = say_count(changes.added, "device")
    print(f"{added} {would}added, {changes.changed} {would}changed, {changes.unchanged} unchanged.")
    if changes.total and not is_dry_run:
        print("To take it back: 'rollcall roster export --before before.csv', then import before.csv.")
        if changes.added:
            print("Devices that were added stay until 'rollcall publishers retire ID' takes them out.")


def _print_columns(reading: RosterReading) -> None:
    rows = [(use.title, use.column or "left out") for use in reading.headings]
    if rows:
        print_table(("heading", "taken as"), rows, empty="")
        print()


def _print_some(lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        print(line)
    if len(lines) > SHOWN:
        print(f"… and {len(lines) - SHOWN} more")


def _print_twins(report: RosterReport) -> None:
    for name, twin in report.twins:
        print(f"'{name}' would be a new site: did you mean '{twin}'?")
    names = " ".join(f'--new-site "{name}"' for name, _ in report.twins)
    print(f"Nothing was imported. Mend the list, or say that they are other schools: {names}")


def _print_refusal(report: RosterReport) -> None:
    bad = len({problem.line for problem in report.reading.problems})
    lines = "line" if bad == 1 else "lines"
    print(f"Nothing was imported: {bad} bad {lines} beside {len(report.reading.rows)} good.")
    if report.reading.rows:
        print("Mend them and import again, or import the good ones with --skip-bad.")


def _export(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine:
        text, left_out = _text_before(engine) if chosen.before else _text_now(engine)
        note_export(engine, "roster export", "--before" if chosen.before else "")
    if chosen.file is None:
        sys.stdout.write(text)
    else:
        chosen.file.write_bytes(as_file(text))
        print(f"{text.count(chr(10)) - 1} devices written to {chosen.file}")
    if left_out:
        print(f"note: {left_out} devices without a serial number are left out", file=sys.stderr)
    return 0


def _text_now(engine: Engine) -> tuple[str, int]:
    with engine.connect() as connection:
        return export_roster(connection, Scope.all())


def _text_before(engine: Engine) -> tuple[str, int]:
    text = read_list_before(engine, Scope.all())
    if text is None:
        raise RosterError("no list was imported yet that changed anything: there is nothing to take back")
    return text, 0


VERBS = verbs_of(SYNTAX, _run)
