"""What `rollcall demo` can be asked."""

import argparse

from rollcall_collector.cli.parts.verb import Syntax

BUDGET = 10_000.0


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--devices", type=int, default=1000, metavar="N", help="how many devices (1000)")
    parser.add_argument("--schools", type=int, default=3, metavar="N", help="how many schools (3)")
    parser.add_argument("--carts", type=int, default=40, metavar="N", help="how many carts (40)")
    parser.add_argument("--days", type=int, default=365, metavar="N", help="days of history (365)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, another district (1)")
    parser.add_argument("--verbose", action="store_true", help="say more on stderr")
    parser.add_argument("--check", action="store_true", help="only hold a told demo's judging against its truth")
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="MONEY", help="for that check (10,000)")


SYNTAX = (Syntax(name="demo", configure=_configure, stays=True),)
