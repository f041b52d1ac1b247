"""The `rollcall` command: one file a verb or family of verbs, listed once here."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rollcall_collector.cli import (
    backtest,
    backup,
    carts,
    demo,
    devices,
    doctor,
    enroll_token,
    flags,
    ingest,
    jobs,
    judge,
    models,
    people,
    plan,
    publishers,
    quarantine,
    roster,
    sites,
    up,
    web,
)
from rollcall_collector.cli.verb import Verb
from rollcall_collector.config import read_settings
from rollcall_collector.errors import CollectorError

VERBS: tuple[Verb, ...] = tuple(
    verb
    for room in (
        up,
        demo,
        web,
        ingest,
        jobs,
        judge,
        enroll_token,
        publishers,
        people,
        roster,
        sites,
        devices,
        carts,
        flags,
        models,
        plan,
        quarantine,
        backtest,
        backup,
        doctor,
    )
    for verb in room.VERBS
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what goes wrong by name is one line on stderr and exit status 2."""
    parser = argparse.ArgumentParser(prog="rollcall", description="The health of a school's device fleet.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: $ROLLCALL_CONFIG)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS:
        below = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.configure(below)
        below.set_defaults(run=verb.run)
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(chosen.config)
        return int(chosen.run(chosen, settings))
    except CollectorError as error:
        print(f"rollcall: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
