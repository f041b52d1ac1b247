"""What `rollcall carts` can be asked."""

import argparse
from typing import get_args

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.cart import Charging


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list carts with how many devices are ready")
    listed.add_argument("--site", metavar="NAME")
    listed.add_argument("--json", action="store_true", help="print as JSON")
    shown = actions.add_parser("show", help="show every slot of a cart")
    changed = actions.add_parser("set", help="say how many slots it has, how it charges, where it stands")
    called = actions.add_parser("call", help="ask its iPads for their level now, by their bridge")
    coded = actions.add_parser("code", help="make the address of a cart's own page, which needs no account, or end it")
    for one in (shown, changed, called, coded):
        one.add_argument("name", metavar="NAME")
        one.add_argument("--site", metavar="NAME", help="needed where several sites have a cart of this name")
    shown.add_argument("--json", action="store_true", help="print as JSON")
    changed.add_argument("--slots", type=int, metavar="N")
    changed.add_argument("--charging", choices=get_args(Charging))
    changed.add_argument("--home-room", metavar="TEXT")
    coded.add_argument("--end", action="store_true", help="end it: nobody sees the cart by it any more")


SYNTAX = (Syntax(name="carts", configure=_configure),)
