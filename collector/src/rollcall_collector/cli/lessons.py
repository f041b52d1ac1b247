"""`rollcall lessons`: says when a school's lessons are, the same on every school day."""

import argparse
from itertools import pairwise

from sqlalchemy import Connection

from rollcall_collector.cli.arguments.lessons import SYNTAX
from rollcall_collector.cli.parts.output import print_table
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.school import say_clock
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import find_site, set_lessons


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with opened_store(settings) as engine, engine.begin() as connection:
        if chosen.action == "set":
            wanted = sorted(chosen.lessons, key=lambda lesson: lesson.starts_minute)
            for first, then in pairwise(wanted):
                if then.starts_minute < first.ends_minute:
                    print(
                        f"Lessons {first.label} and {then.label} overlap: say when each ends before the next begins."
                    )
                    return 2
            set_lessons(connection, Scope.all(), chosen.name, tuple(wanted))
        _list(connection, chosen.name)
    return 0


def _list(connection: Connection, name: str) -> None:
    rows = [
        (lesson.label, say_clock(lesson.starts_minute), say_clock(lesson.ends_minute))
        for lesson in find_site(connection, Scope.all(), name).lessons
    ]
    print_table(
        ("lesson", "starts", "ends"), rows, empty=f"Not known: 'rollcall lessons set \"{name}\" 1=08:40-09:30'."
    )


VERBS = verbs_of(SYNTAX, _run)
