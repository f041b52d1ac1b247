"""The `rollcall` command: one file a verb or family of verbs, listed once here.

What a verb can be asked (`arguments`) stands apart from what it does; both are loaded only where a verb is named: all
rooms together take seconds of processor time, mostly numpy's, scipy's and the web's, and a `--help` needs none.
"""

import argparse
import gc
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

ROOMS: dict[str, dict[str, str]] = {
    "up": {"up": "run everything on this machine: broker, collector, pages, and the machine as the first device"},
    "demo": {"demo": "run everything with a make-believe district of 1,000 devices and a school year behind it"},
    "web": {
        "web": "serve the pages and the API alone",
        "serve": "ingest, timetable and pages in one process, beside a broker that runs elsewhere",
    },
    "ingest": {
        "ingest": "keep and acknowledge what devices report",
        "mirror": "the InfluxDB copy: how it stands, and writing it anew",
    },
    "jobs": {"jobs": "judge, clean up and back up by the timetable, until stopped"},
    "enroll_token": {"enroll-token": "make, list and revoke enrollment tokens"},
    "publishers": {"publishers": "show, revoke and reinstate who may speak"},
    "people": {
        "people": "say who may look, and how they sign in",
        "programs": "let programs ask the API, each by a token of its own",
        "audit": "show who decided and changed what, newest first",
    },
    "roster": {"roster": "import or export the list of devices (CSV)"},
    "sites": {"sites": "list sites; set zone, hours and holidays; rename, merge, remove"},
    "devices": {"devices": "list devices, or show one"},
    "carts": {"carts": "list carts with what is ready, or show one"},
    "judge": {"judge": "judge the fleet now, or print an earlier judging again"},
    "flags": {"flags": "list what is proposed about devices, and decide on it"},
    "plan": {"plan": "what to replace, repair and claim for a budget, and what that wins back"},
    "models": {"models": "which hardware models to buy again, and which to ask the vendor about"},
    "backtest": {"backtest": "judge past years by your own records, and compare with what happened afterwards"},
    "quarantine": {"quarantine": "show what was refused, and why"},
    "backup": {
        "backup": "copy the store into a file, while it is in use",
        "restore": "make a backup the store again",
        "migrate": "move the store from SQLite to PostgreSQL, while it is in use",
    },
    "doctor": {
        "doctor": "check settings, store, disk and broker, and say the way out",
        "support": "pack what somebody who helps must know, without secrets, people or places",
    },
}
"""The module of each family, and the verbs it brings, each with what it does."""


def load_verbs(rooms: Iterable[str] = ROOMS) -> tuple[Verb, ...]:
    """The verbs of these rooms, ready to work."""
    return tuple(verb for room in rooms for verb in import_module(f"{__name__}.{room}").VERBS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what goes wrong by name is one line on stderr and exit status 2."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = _parser(given).parse_args(given)
    gc.disable()  # what is loaded stays: to search it for garbage takes a tenth of what a short verb costs
    try:
        settings = import_module("rollcall_collector.config").read_settings(chosen.config)
        if not chosen.stays:
            settings = _of_what_runs(settings)
        verb = next(one for one in load_verbs([chosen.room]) if one.name == chosen.verb)
        gc.freeze()  # else the first search would look at all of it once more
        gc.enable()
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


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rollcall", description="The health of a school's device fleet.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: $ROLLCALL_CONFIG)")
    parser.add_argument("--version", action="version", version=f"rollcall {version('rollcall-collector')}")
    below = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for room, verbs in ROOMS.items():
        own = {name: below.add_parser(name, help=words, description=words) for name, words in verbs.items()}
        if own.keys() & set(given):
            syntax: tuple[Syntax, ...] = import_module(f"{__name__}.arguments.{room}").SYNTAX
            for one in syntax:
                one.configure(own[one.name])
                own[one.name].set_defaults(room=room, stays=one.stays)
    return parser
