"""What `rollcall devices` can be asked."""

import argparse
from typing import get_args

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.device import SILENT_DAYS, Heard, Sort
from rollcall_collector.model.verdict import VERDICTS
from rollcall_wire.codes import PLATFORMS


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list devices, worst first")
    listed.add_argument("text", nargs="*", metavar="TEXT", help="words in id, serial number, tag, maker or model")
    for name in ("site", "cart", "model", "role"):
        listed.add_argument(f"--{name}", metavar="NAME")
    listed.add_argument("--platform", choices=PLATFORMS)
    listed.add_argument("--verdict", choices=VERDICTS, action="append", default=[], help="may be given several times")
    listed.add_argument("--heard", choices=get_args(Heard), help=f"silent: not for {SILENT_DAYS} days")
    listed.add_argument("--retired", action="store_true", help="those that left the fleet")
    listed.add_argument("--sort", choices=get_args(Sort), default="verdict")
    listed.add_argument("--descending", action="store_true")
    listed.add_argument("--page", type=int, default=1, metavar="N")
    listed.add_argument("--page-size", type=int, default=50, metavar="N")
    form = listed.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the page as JSON")
    form.add_argument("--csv", action="store_true", help="print all that match, on every page, as CSV")
    shown = actions.add_parser("show", help="show one device in full")
    shown.add_argument("name", metavar="NAME", help="its id, serial number or asset tag")
    shown.add_argument("--json", action="store_true", help="print as JSON")


SYNTAX = (Syntax(name="devices", configure=_configure),)
