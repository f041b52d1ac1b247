"""`rollcall audit`: shows who decided and changed what, with how it was before, newest first."""

import argparse
from datetime import UTC, datetime, timedelta

from rollcall_collector.cli.parts.output import print_csv, print_table
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.reading import HEADINGS, AuditQuery, every_entry


def run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    """The verb."""
    since = datetime.now(UTC) - timedelta(days=chosen.days)
    query = AuditQuery(author=chosen.by, deed=chosen.deed, subject=chosen.about, since=since)
    with opened_store(settings) as engine, engine.connect() as connection:
        rows = [one.cells for one in every_entry(connection, Scope.all(), query)]
    if chosen.csv:
        print_csv(HEADINGS, rows)
    else:
        print_table(HEADINGS, rows, empty="Nobody did anything like that.")
    return 0
