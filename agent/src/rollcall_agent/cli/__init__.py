"""The command line of the agent."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollcall_agent import __version__
from rollcall_agent.cli.lazy_import import UNUSED, put_off, put_off_signatures
from rollcall_agent.errors import AgentError

if TYPE_CHECKING:  # the rest is loaded once it is known what is not
    import argparse

    from rollcall_agent.config import AgentSettings

Verb = Callable[["argparse.Namespace", "AgentSettings"], int]

VERBS: dict[str, tuple[str, str, str, str]] = {
    # verb: its room, what runs it, what names its arguments, and what it does. A room is loaded only when asked for.
    "run": ("run", "run", "", "stay on this device: look, and deliver to the collector"),
    "once": ("run", "once", "configure_once", "look once, deliver, and leave: for a timer of your own"),
    "print": ("show", "run", "configure", "show exactly what would leave this device, and what never does"),
    "enroll": ("enroll", "run", "configure", "make this device known to a collector"),
    "doctor": ("doctor", "run", "configure", "check identity, outbox, broker, clock and permissions"),
    "service": ("service", "run", "configure", "have the system start the agent by itself, or no longer"),
    "bridge": ("bridge", "run", "configure", "speak for the many devices of a service, such as an MDM"),
}
SIMULATOR = "rollcall_agent.simulator.command"


def main(arguments: list[str] | None = None) -> int:
    """Run a verb; returns the exit status. What goes wrong is one sentence with the way out."""
    given = sys.argv[1:] if arguments is None else arguments
    for name in UNUSED:
        put_off(name)
    put_off_signatures()
    try:
        read_settings = import_module("rollcall_agent.config").read_settings
        if is_plain_run(given):
            state = Path(given[2]) if given[2:] else None
            return int(import_module(f"{__name__}.run").run(None, read_settings(state)))
        args = _parser(given).parse_args(given)
        if args.verb == "simulate":
            return int(import_module(SIMULATOR).run(args))
        room, name, *_ = VERBS[args.verb]
        verb: Verb = getattr(import_module(f"{__name__}.{room}"), name)
        return verb(args, read_settings(args.state))
    except AgentError as error:
        print(f"rollcall-agent: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # somebody read the first lines only
        return 141


def is_plain_run(given: list[str]) -> bool:
    """Whether it is `run`, or `run --state FOLDER`, which needs no parser.

    The parser weighs as much as all sources together, and would stay in memory for as long as the agent runs.
    """
    match given:
        case ["run"] | ["run", "--state", _]:
            return True
        case _:
            return False


def _parser(given: list[str]) -> "argparse.ArgumentParser":
    import argparse  # noqa: PLC0415  # see is_plain_run

    parser = argparse.ArgumentParser(
        prog="rollcall-agent",
        description="Tells how this school device starts and what fails, and nothing of its user.",
    )
    parser.add_argument("--version", action="version", version=f"rollcall-agent {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, (room, _run, configure, words) in VERBS.items():
        own = verbs.add_parser(verb, help=words, description=words)
        own.add_argument("--state", type=Path, help="the folder of identity and outbox")
        if configure and verb in given:
            getattr(import_module(f"{__name__}.{room}"), configure)(own)
    _add_simulator(verbs, is_asked="simulate" in given)
    return parser


def _add_simulator(verbs: Any, *, is_asked: bool) -> None:
    words = "play a make-believe district of devices, with known truth"
    simulate = verbs.add_parser("simulate", help=words, description=words)
    if is_asked:
        import_module(SIMULATOR).configure(simulate)
