"""What `rollcall lessons` can be asked."""

import argparse
import re

from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.school import read_clock
from rollcall_collector.model.site import Lesson

_WRITTEN = re.compile(r"(.{1,20}?)=([0-9:]+)-([0-9:]+)")


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list a site's lessons")
    changed = actions.add_parser("set", help="say when they are, in place of what was said before; none: not known")
    for one in (listed, changed):
        one.add_argument("name", metavar="SITE")
    changed.add_argument("lessons", type=_lesson, nargs="*", metavar="LABEL=HH:MM-HH:MM", help="like 3=10:10-11:00")


def _lesson(text: str) -> Lesson:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no lesson: write it like 3=10:10-11:00")
    try:
        starts, ends = read_clock(found[2]), read_clock(found[3])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if starts >= ends:
        raise argparse.ArgumentTypeError(f"'{text}' ends before it begins: write it like 3=10:10-11:00")
    return Lesson(label=found[1], starts_minute=starts, ends_minute=ends)


SYNTAX = (Syntax(name="lessons", help="list or set when a site's lessons are", configure=_configure),)
