"""What `rollcall plan` can be asked."""

import argparse
from pathlib import Path

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.errors import AmountError
from rollcall_collector.procurement.amount import read_amount

_HELP = """\
Only devices with an open or accepted flag that asks for a repair or a replacement compete for the money; those that
win back most lesson minutes for it come first. Warranty claims cost nothing and are named before all else.
Prices come from the roster and from [prices] in the settings, minutes an incident costs from [minutes].
"""
_EXAMPLES = """\
examples:
  rollcall plan --budget 40000
  rollcall plan --budget 40000 --floor "Oak School=5000" --cap "Elm School=12000"
  rollcall plan --budget 40000 --threshold 2 --wrong-share 0.02     who would be named by a stricter rule
  rollcall plan --budget 40000 --out plan.xlsx
"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = f"{parser.description}\n\n{_HELP}", _EXAMPLES
    parser.add_argument("--budget", type=_money, required=True, metavar="MONEY", help="what there is to spend")
    parser.add_argument("--site", action="append", default=[], metavar="NAME", help="only this site; may be repeated")
    parser.add_argument(
        "--floor", action="append", default=[], metavar="SITE=MONEY", help="spend at least so much there"
    )
    parser.add_argument("--cap", action="append", default=[], metavar="SITE=MONEY", help="spend at most so much there")
    parser.add_argument(
        "--threshold", type=float, metavar="TIMES", help="try out: named from so many times its peers (settings: 1.5)"
    )
    parser.add_argument(
        "--wrong-share", type=float, metavar="SHARE", help="try out: so many names may be wrong (settings: 0.05)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to FILE: .xlsx, .csv, or .html to print")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def _money(written: str) -> float:
    try:
        return read_amount(written)
    except AmountError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


SYNTAX = (Syntax(name="plan", configure=_configure),)
