"""`rollcall jobs` runs the timetable until it is stopped."""

import argparse
import signal
import threading
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.jobs import SYNTAX
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.night import night_of
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.store import opened_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.jobs.timetable import Jobs


def timetable(settings: CollectorSettings, engine: Engine) -> Jobs:
    """The timetable as the settings have it, not started yet."""
    return Jobs(
        engine,
        settings.jobs,
        lambda: datetime.now(UTC),
        night=night_of(settings),
        zone=lambda: school_kept(settings, engine).zone,
        parameters=settings.judge.parameters,
        plan_settings=settings.plan,
    )


def _jobs(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    del chosen
    set_up_log(settings.log)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with opened_store(settings, Patience(stop)) as engine:
        jobs = timetable(settings, engine)
        jobs.start()
        try:
            stop.wait()
        finally:
            jobs.stop()
    return 0


VERBS = verbs_of(SYNTAX, _jobs)
