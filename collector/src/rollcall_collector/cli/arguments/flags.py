"""What `rollcall flags` can be asked."""

import argparse
from datetime import date
from typing import get_args

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.flag import NEED_A_REASON, OUTCOMES, TRANSITIONS, FlagState

_HELP = {
    "accept": "agree: it will be done",
    "postpone": "ask again on a later day",
    "dismiss": "disagree: the evidence stays; 'unreliable' is asked again once new failures alone would name it",
    "finish": "say that it was done: only new evidence opens it again",
    "reopen": "take the last decision back",
}


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list flags, worst first")
    listed.add_argument("--state", choices=get_args(FlagState), action="append", help="(default: open)")
    listed.add_argument("--all", action="store_true", help="flags of every state")
    listed.add_argument("--device", metavar="NAME", help="only this device: its id, serial number or asset tag")
    listed.add_argument("--json", action="store_true", help="print as JSON")
    shown = actions.add_parser("show", help="show a flag with its evidence and decisions")
    shown.add_argument("flag", type=int, metavar="FLAG")
    shown.add_argument("--json", action="store_true", help="print as JSON")
    for action in TRANSITIONS:
        taken = actions.add_parser(action, help=_HELP[action])
        taken.add_argument("flag", type=int, metavar="FLAG")
        taken.add_argument("--by", required=True, metavar="NAME", help="who decides")
        is_needed = action in NEED_A_REASON
        taken.add_argument(
            "--reason", default="", required=is_needed, metavar="TEXT", help="why, for whoever asks next year"
        )
        taken.add_argument("--json", action="store_true", help="print the flag as JSON")
        if action == "postpone":
            taken.add_argument("--until", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
        if action == "finish":
            taken.add_argument("--outcome", choices=OUTCOMES, help="how it ended")
            taken.add_argument("--replaced-by", metavar="NAME", help="serial number or tag of the new device")


SYNTAX = (Syntax(name="flags", configure=_configure),)
