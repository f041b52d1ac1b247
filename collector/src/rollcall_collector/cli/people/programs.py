"""`rollcall programs`: lets programs ask the API, each by a token with scopes, sites and an end."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.parts.output import print_table
from rollcall_collector.cli.parts.store import operated_store, scope_of, site_words
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.programs import add_program, list_programs, revoke_program
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.noting import COMMAND_LINE

HEADINGS = ("name", "scopes", "sites", "state", "until", "last used")


def run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    """The verb."""
    now = datetime.now(UTC)
    with operated_store(settings) as engine:
        match chosen.action:
            case "add":
                scope = scope_of(engine, chosen.site)
                print(
                    add_program(
                        engine, chosen.name, chosen.scope, scope, days=chosen.days, author=COMMAND_LINE, now=now
                    )
                )
            case "list":
                print_table(HEADINGS, list(_rows(engine, now)), empty="No program yet: 'rollcall programs add'.")
            case _:
                revoke_program(engine, Scope.all(), chosen.name, now)
                print(f"the token of {chosen.name} works no more")
    return 0


def _rows(engine: Engine, now: datetime) -> Iterator[tuple[object, ...]]:
    say_sites = site_words(engine)
    for one in list_programs(engine, Scope.all()):
        yield one.title, " ".join(sorted(one.scopes)), say_sites(one.scope), one.state(now), one.ends_at, one.used_at
