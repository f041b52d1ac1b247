"""`rollcall jobs` runs the timetable until it is stopped."""

import argparse
import signal
import threading
from datetime import UTC, datetime

from rollcall_collector.cli.log import set_up_log
from rollcall_collector.cli.store import opened_store
from rollcall_collector.cli.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.jobs import Jobs, JobSettings, Retention
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judging import JudgeSettings


def job_settings(settings: CollectorSettings) -> JobSettings:
    """The timetable's part of the settings."""
    jobs = settings.jobs
    return JobSettings(
        zone=settings.zone,
        judge_hour=jobs.judge_hour,
        judge=judge_settings(settings),
        retention=Retention(refusals_days=jobs.refusals_days, readings_days=jobs.readings_days),
        backup_folder=jobs.backup_folder,
        backup_hour=jobs.backup_hour,
        backups_kept=jobs.backups_kept,
    )


def judge_settings(settings: CollectorSettings) -> JudgeSettings:
    """The judge's part of the settings."""
    judge = settings.judge
    return JudgeSettings(
        parameters=Parameters(
            threshold=judge.threshold,
            replace_fdr=judge.wrong_share_replace,
            watch_fdr=judge.wrong_share_watch,
            has_flexible_prior=judge.has_flexible_prior,
        ),
        swap_price=settings.prices.battery_swap,
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


VERBS: tuple[Verb, ...] = (
    Verb(
        name="jobs", help="judge, clean up and back up by the timetable, until stopped", configure=_nothing, run=_jobs
    ),
)
