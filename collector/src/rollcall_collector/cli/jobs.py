"""`rollcall jobs` runs the timetable until it is stopped; `rollcall judge` judges the fleet now."""

import argparse
import signal
import threading
from datetime import UTC, datetime

from rollcall_collector.cli.log import set_up_log
from rollcall_collector.cli.opening import opened_store
from rollcall_collector.cli.printing import print_json
from rollcall_collector.cli.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.jobs import Jobs, JobSettings, Retention, judge_device, judge_fleet
from rollcall_collector.store.devices import count_verdicts, find_device


def job_settings(settings: CollectorSettings) -> JobSettings:
    """The timetable's part of the settings."""
    jobs = settings.jobs
    return JobSettings(
        zone=settings.zone,
        judge_hour=jobs.judge_hour,
        retention=Retention(refusals_days=jobs.refusals_days, readings_days=jobs.readings_days),
        backup_folder=jobs.backup_folder,
        backup_hour=jobs.backup_hour,
        backups_kept=jobs.backups_kept,
    )


def _nothing(parser: argparse.ArgumentParser) -> None:
    del parser


def _jobs(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    del chosen
    set_up_log(settings.log)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with opened_store(settings) as engine:
        jobs = Jobs(engine, job_settings(settings), lambda: datetime.now(UTC))
        jobs.start()
        try:
            stop.wait()
        finally:
            jobs.stop()
    return 0


def _configure_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", metavar="NAME", help="only this one: its id, serial number or asset tag")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def _judge(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log)
    now = datetime.now(UTC)
    with opened_store(settings) as engine:
        if chosen.device is None:
            summary = judge_fleet(engine, now)
        else:
            with engine.connect() as connection:
                device = find_device(connection, chosen.device).device
            summary = judge_device(engine, device, now)
        with engine.connect() as connection:
            verdicts = count_verdicts(connection)
    if chosen.json:
        print_json({"summary": summary, "verdicts": verdicts})
        return 0
    print(f"{summary.devices} devices judged: {summary.opened} flags opened, {summary.closed} closed")
    for verdict, count in sorted(verdicts.items()):
        print(f"  {count:>6}  {verdict.replace('_', ' ')}")
    return 0


VERBS: tuple[Verb, ...] = (
    Verb(
        name="jobs", help="judge, clean up and back up by the timetable, until stopped", configure=_nothing, run=_jobs
    ),
    Verb(name="judge", help="judge the fleet now", configure=_configure_judge, run=_judge),
)
