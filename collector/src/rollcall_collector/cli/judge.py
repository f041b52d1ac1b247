"""`rollcall judge` judges the fleet now, and prints any earlier judging again as it was."""

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.judge import SYNTAX
from rollcall_collector.cli.parts.judging import judge_now
from rollcall_collector.cli.parts.judging_summary import summarise
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.output import print_json, print_table
from rollcall_collector.cli.parts.progress import show_progress
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.judging.one_device import judge_device
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_count
from rollcall_collector.store.devices import count_verdicts, find_device
from rollcall_collector.store.history.kept_columns import forget_columns
from rollcall_collector.store.judged.judgings import list_runs, print_run


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log)
    with opened_store(settings) as engine:
        if chosen.show is not None:
            with engine.connect() as connection:
                document = print_run(connection, Scope.all(), chosen.show)
            sys.stdout.write(document if chosen.json else f"{summarise(chosen.show, document)}\n")
        elif chosen.list:
            _list(engine, is_json=chosen.json)
        else:
            if chosen.anew:
                with engine.begin() as connection:
                    forget_columns(connection)
            _judge(engine, settings, device=chosen.device, is_json=chosen.json)
    return 0


def _judge(engine: Engine, settings: CollectorSettings, *, device: str | None, is_json: bool) -> None:
    if device is None:
        summary = judge_now(engine, settings, show_progress)
    else:
        with engine.connect() as connection:
            key = find_device(connection, Scope.all(), device).device
        summary = judge_device(engine, key, datetime.now(UTC))
    with engine.connect() as connection:
        verdicts = count_verdicts(connection, Scope.all())
    if is_json:
        print_json({"summary": summary, "verdicts": verdicts})
        return
    judged, opened = say_count(summary.devices, "device"), say_count(summary.opened, "flag")
    print(f"{judged} judged: {opened} opened, {summary.closed} closed")
    for verdict, count in sorted(verdicts.items()):
        print(f"  {count:>6}  {verdict.replace('_', ' ')}")


def _list(engine: Engine, *, is_json: bool) -> None:
    with engine.connect() as connection:
        runs = list_runs(connection, Scope.all())
    if is_json:
        print_json(runs)
        return
    print_table(
        ("run", "judged", "facts before", "devices", "incidents", "replace", "watch", "facts' fingerprint"),
        [
            (
                one.run,
                one.judged_at,
                one.until_on,
                one.devices,
                one.incidents,
                one.replace if one.is_enough else None,
                one.watch if one.is_enough else None,
                one.digest[:12],
            )
            for one in runs
        ],
        empty="The fleet has not been judged yet: 'rollcall judge' does it now.",
    )


VERBS = verbs_of(SYNTAX, _run)
