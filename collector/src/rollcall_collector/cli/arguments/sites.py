"""What `rollcall sites` can be asked."""

import argparse
import re
from datetime import date

from rollcall_collector.cli.parts.site_arguments import add_new, configure_changes
from rollcall_collector.cli.parts.verb import Syntax
from rollcall_collector.model.school import read_clock
from rollcall_collector.model.site import Lesson

_LESSON = re.compile(r"(.{1,20}?)=([0-9:]+)-([0-9:]+)")


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="list sites")
    listed.add_argument("--json", action="store_true", help="print as JSON")
    changed = actions.add_parser("set", help="set a site's zone, days and hours; makes the site if it is new")
    changed.add_argument("name", metavar="NAME")
    changed.add_argument("--zone", metavar="ZONE", help="like Europe/Berlin")
    changed.add_argument("--days", type=_days, metavar="12345", help="ISO weekdays with school, Monday is 1")
    changed.add_argument("--opens", type=_clock, dest="opens_minute", metavar="HH:MM")
    changed.add_argument("--closes", type=_clock, dest="closes_minute", metavar="HH:MM")
    taught = actions.add_parser(
        "lessons", help="say when a site's lessons are, in place of those before; none: list them"
    )
    taught.add_argument("name", metavar="NAME", help="the site")
    taught.add_argument("lessons", type=_lesson, nargs="*", metavar="LABEL=HH:MM-HH:MM", help="like 3=10:10-11:00")
    add_new(changed)
    configure_changes(actions)
    free = actions.add_parser("holidays", help="list, add or remove a site's holidays")
    free.add_argument("what", choices=("list", "add", "remove"))
    free.add_argument("name", metavar="NAME", help="the site")
    free.add_argument("first", type=date.fromisoformat, nargs="?", metavar="YYYY-MM-DD")
    free.add_argument("last", type=date.fromisoformat, nargs="?", metavar="YYYY-MM-DD", help="(default: one day)")
    free.add_argument("--called", default="", metavar="TEXT", help="like 'autumn break'")
    free.add_argument("--json", action="store_true", help="print the holidays as JSON")


def _lesson(text: str) -> Lesson:
    found = _LESSON.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no lesson: write it like 3=10:10-11:00")
    starts, ends = _clock(found[2]), _clock(found[3])
    if starts >= ends:
        raise argparse.ArgumentTypeError(f"'{text}' ends before it begins: write it like 3=10:10-11:00")
    return Lesson(label=found[1], starts_minute=starts, ends_minute=ends)


def _clock(text: str) -> int:
    try:
        return read_clock(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(text: str) -> str:
    if not text or set(text) - set("1234567"):
        raise argparse.ArgumentTypeError(f"'{text}' names no weekdays: Monday to Friday is 12345")
    return "".join(sorted(set(text)))


SYNTAX = (Syntax(name="sites", configure=_configure),)
