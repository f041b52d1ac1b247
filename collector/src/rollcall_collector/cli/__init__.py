"""The `rollcall` command: one file a verb or family of verbs, listed once here.

What a verb can be asked (`arguments`) stands apart from what it does, which is loaded only once it is to be done: all
rooms together take seconds of processor time, mostly numpy's, scipy's and the web's, and a `--help` needs none.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rollcall_collector.cli.parts.verb import Syntax, Verb
from rollcall_collector.errors import CollectorError

if TYPE_CHECKING:  # the settings load pydantic, and a `--help` needs none
    from rollcall_collector.config import CollectorSettings

ROOMS: dict[str, tuple[str, ...]] = {
    "up": ("up",),
    "demo": ("demo",),
    "web": ("web", "serve"),
    "ingest": ("ingest", "mirror"),
    "jobs": ("jobs",),
    "enroll_token": ("enroll-token",),
    "publishers": ("publishers",),
    "people": ("people", "programs", "audit"),
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
    "backup": ("backup", "restore", "migrate"),
    "doctor": ("doctor", "support"),
}
"""The module of each family, and the verbs it brings."""


def load_verbs(rooms: Iterable[str] = ROOMS) -> tuple[Verb, ...]:
    """The verbs of these rooms, ready to work."""
    return tuple(verb for room in rooms for verb in import_module(f"{__name__}.{room}").VERBS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what goes wrong by name is one line on stderr and exit status 2."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = import_module("rollcall_collector.config").read_settings(chosen.config)
        if not chosen.stays:
            settings = _of_what_runs(settings)
        verb = next(one for one in load_verbs([chosen.room]) if one.name == chosen.verb)
        return verb.run(chosen, settings)
    except CollectorError as error:
        print(f"rollcall: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def _of_what_runs(settings: "CollectorSettings") -> "CollectorSettings":
    """The settings of the store that a short verb is about; said where somebody may have meant another."""
    meant, note = import_module(f"{__name__}.parts.running").store_in_use(settings)
    if note is not None:
        print(f"rollcall: {note}", file=sys.stderr)
    found: CollectorSettings = meant
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rollcall", description="The health of a school's device fleet.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: $ROLLCALL_CONFIG)")
    parser.add_argument("--version", action="version", version=f"rollcall {version('rollcall-collector')}")
    below = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for room in ROOMS:
        syntax: tuple[Syntax, ...] = import_module(f"{__name__}.arguments.{room}").SYNTAX
        for one in syntax:
            own = below.add_parser(one.name, help=one.help, description=one.help)
            one.configure(own)
            own.set_defaults(room=room, stays=one.stays)
    return parser
