"""`rollcall jobs` runs the timetable until it is stopped."""

import argparse
import signal
import threading
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.jobs import SYNTAX
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.night import night_of
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.store import opened_store, school_kept
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import CertificateError
from rollcall_collector.identity.certificate import shown_by
from rollcall_collector.jobs.timetable import Jobs


def timetable(settings: CollectorSettings, engine: Engine) -> Jobs:
    """The timetable as the settings have it, not started yet."""
    return Jobs(
        engine,
        settings.jobs,
        lambda: datetime.now(UTC),
        night=night_of(settings),
        zone=lambda: school_kept(settings, engine).zone,
        certificate_trouble=None if settings.broker.ca_file is None else partial(certificate_trouble, settings),
    )


def certificate_trouble(settings: CollectorSettings, now: datetime) -> str:
    """What is wrong with the broker's certificate, or soon will be; empty where all is well, or nobody answers."""
    broker = settings.broker
    if broker.ca_file is None:  # for this machine alone
        return ""
    everywhere = broker.host in {"0.0.0.0", "::"}  # noqa: S104  # read, not bound
    try:
        shown = shown_by("localhost" if everywhere else broker.host, broker.port, broker.ca_file)
    except CertificateError as error:
        return str(error)
    return "" if shown is None else shown.trouble(now)


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
