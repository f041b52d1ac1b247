"""Sets or lists when a site's lessons are, the same on every school day: `rollcall sites lessons`."""

from itertools import pairwise

from sqlalchemy import Connection

from rollcall_collector.cli.parts.output import print_table
from rollcall_collector.model.school import say_clock
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Lesson
from rollcall_collector.store.sites import find_site, set_lessons


def change_lessons(connection: Connection, name: str, wanted: list[Lesson]) -> int:
    """Keep these lessons in place of those before, where any are said; list what is known. Returns the exit status."""
    ordered = sorted(wanted, key=lambda lesson: lesson.starts_minute)
    for first, then in pairwise(ordered):
        if then.starts_minute < first.ends_minute:
            print(f"Lessons {first.label} and {then.label} overlap: let each end before the next begins.")
            return 2
    if ordered:
        set_lessons(connection, Scope.all(), name, tuple(ordered))
    rows = [
        (lesson.label, say_clock(lesson.starts_minute), say_clock(lesson.ends_minute))
        for lesson in find_site(connection, Scope.all(), name).lessons
    ]
    empty = f"Not known: 'rollcall sites lessons \"{name}\" 1=08:40-09:30 2=09:40-10:30' says them."
    print_table(("lesson", "starts", "ends"), rows, empty=empty)
    return 0
