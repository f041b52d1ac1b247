"""The `rollcall` command: one file a verb or family of verbs, listed once here.

A verb's room is loaded when it is asked for: all of them together take seconds, mostly numpy's, scipy's and the web's.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from rollcall_collector.cli.parts.verb import Verb
from rollcall_collector.config import read_settings
from rollcall_collector.errors import CollectorError

ROOMS: dict[str, tuple[str, ...]] = {
    "up": ("up",),
    "demo": ("demo",),
    "web": ("web", "serve"),
    "ingest": ("ingest",),
    "jobs": ("jobs",),
    "enroll_token": ("enroll-token",),
    "publishers": ("publishers",),
    "people": ("people",),
    "roster": ("roster",),
    "sites": ("sites",),
    "devices": ("devices",),
    "carts": ("carts",),
    "judge": ("judge",),
    "flags": ("flags",),
    "plan": ("plan",),
    "models": ("models",),
    "backtest": ("backtest",),
    "quarantine": ("quarantine",),
    "backup": ("backup", "restore"),
    "doctor": ("doctor",),
}
"""The module of each family, and the verbs it brings."""


def load_verbs(rooms: Iterable[str] = ROOMS) -> tuple[Verb, ...]:
    """The verbs of these rooms."""
    return tuple(verb for room in rooms for verb in import_module(f"{__name__}.{room}").VERBS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what goes wrong by name is one line on stderr and exit status 2."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: $ROLLCALL_CONFIG)")
    _, rest = first.parse_known_args(arguments)
    asked = [room for room, verbs in ROOMS.items() if rest and rest[0] in verbs]
    parser = argparse.ArgumentParser(
        prog="rollcall", description="The health of a school's device fleet.", parents=[first]
    )
    below = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in load_verbs(asked or ROOMS):
        own = below.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.configure(own)
        own.set_defaults(run=verb.run)
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(chosen.config)
        return int(chosen.run(chosen, settings))
    except CollectorError as error:
        print(f"rollcall: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
