"""The timetable: judging every night, new failures every minute, cleaning every hour, a backup where one is wanted.

Each minute it also looks whether the certificate of a broker that has one lasts.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.errors import CertificateError, CollectorError
from rollcall_collector.jobs.night import Night
from rollcall_collector.jobs.retention import clean_up, forget_old_readings
from rollcall_collector.jobs.settings import JobSettings
from rollcall_collector.judging.fleet import LAST_JUDGED
from rollcall_collector.judging.one_device import judge_new_failures
from rollcall_collector.store.backup import write_backup
from rollcall_collector.store.health import note_backup
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.kept_settings import read_setting
from rollcall_collector.store.parts.runs import PartRun, note_part
from rollcall_collector.store.parts.turn import Turn

log = structlog.get_logger(__name__)

DUE = timedelta(hours=25)
STEM = "rollcall-"
TROUBLE_CHARACTERS = 200
CLOCK_SECONDS = 5.0
CLOCK_STEP = timedelta(seconds=60)
"""A clock that went so much otherwise than the time was set; slow corrections and leap seconds are none."""
CLOCK_WAY_OUT = "if nobody meant to set this server's clock, see that it follows a time server (NTP)"


class Jobs:
    """Runs one job at a time in a thread of its own, until stopped.

    Of several processes over one store one does the work; where that is gone, another goes on at its next time. A job
    that fails is logged and runs again at its next time. The night's judging is a process of its own; one that
    was missed or killed is made up for within the hour, or at the start.
    """

    def __init__(
        self,
        engine: Engine,
        settings: JobSettings,
        clock: Callable[[], datetime],
        *,
        night: Night,
        zone: Callable[[], str] = lambda: "UTC",
        certificate_trouble: Callable[[datetime], str] | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._night = night
        self._zone = zone
        self._certificate_trouble = certificate_trouble
        self._zone_taken = ""
        self._scheduler: BackgroundScheduler | None = None
        self._troubles: dict[str, str] = {}
        self._turn = Turn(engine, "timetable")
        self._is_over = threading.Event()
        self._clock_watch: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first look at new failures, and at whether judging is due, is at once."""
        self._zone_taken = self._zone()
        scheduler = BackgroundScheduler(
            timezone=ZoneInfo(self._zone_taken),
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        at_once = {"next_run_time": self._clock()}
        scheduler.add_job(self._catch_up, "interval", hours=1, **at_once)
        scheduler.add_job(self._judge_new, "interval", minutes=1, **at_once)
        scheduler.add_job(self._clean, "interval", hours=1, **at_once)
        if self._certificate_trouble is not None:
            scheduler.add_job(self._look_at_certificate, "interval", minutes=1, **at_once)
        scheduler.add_job(self._follow_zone, "interval", minutes=1)
        for job, at in self._nightly().items():
            scheduler.add_job(job, "cron", id=job.__name__, **at)
        scheduler.start()
        self._scheduler = scheduler
        self._is_over.clear()
        self._clock_watch = threading.Thread(target=self._watch_clock, args=(scheduler,), name="clock", daemon=True)
        self._clock_watch.start()

    def stop(self) -> None:
        """Let the running job finish, but for the night's judging: the next one does it whole. Begin no other."""
        self._night.stop()
        self._is_over.set()
        if self._clock_watch is not None:
            self._clock_watch.join()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None
        self._turn.let_go()

    def _nightly(self) -> dict[Callable[[], None], dict[str, int]]:
        """What runs at an hour of the school's night."""
        hour = self._settings.judge_hour
        nightly = {self._judge: {"hour": hour}, self._forget: {"hour": hour, "minute": 30}}
        if self._settings.backup_folder is not None:
            nightly[self._back_up] = {"hour": self._settings.backup_hour}
        return nightly

    def _follow_zone(self) -> None:
        """Take a zone that somebody entered since into use: the night is the school's."""

        def follow(_now: datetime) -> None:
            zone, scheduler = self._zone(), self._scheduler
            if zone == self._zone_taken or scheduler is None:
                return
            for job, at in self._nightly().items():
                scheduler.reschedule_job(job.__name__, trigger="cron", timezone=ZoneInfo(zone), **at)
            self._zone_taken = zone
            log.info("zone.followed", zone=zone)

        self._guarded("following the zone", follow)

    def _watch_clock(self, scheduler: BackgroundScheduler) -> None:
        """Lay the timetable out anew where the clock was set: set back, each job would wait until it has caught up."""
        wall, passed = self._clock(), time.monotonic()
        while not self._is_over.wait(CLOCK_SECONDS):
            before, wall = wall + timedelta(seconds=time.monotonic() - passed), self._clock()
            passed = time.monotonic()
            if abs(wall - before) > CLOCK_STEP:
                log.warning("clock.set", by=f"{(wall - before).total_seconds():+.0f} s", way_out=CLOCK_WAY_OUT)
                for job in scheduler.get_jobs():
                    is_nightly = isinstance(job.trigger, CronTrigger)
                    job.modify(next_run_time=job.trigger.get_next_fire_time(None, wall) if is_nightly else wall)

    def _look_at_certificate(self) -> None:
        def look(now: datetime) -> None:
            if self._certificate_trouble is not None and (trouble := self._certificate_trouble(now)):
                raise CertificateError(trouble)

        self._guarded("certificate", look)

    def _judge(self) -> None:
        self._guarded("judging", self._night.judge)

    def _judge_new(self) -> None:
        self._guarded(
            "judging of new failures",
            lambda now: judge_new_failures(self._engine, now, judge_all=self._night.judge),
        )

    def _clean(self) -> None:
        self._guarded(
            "cleaning",
            lambda now: clean_up(
                self._engine, now, refusals_days=self._settings.refusals_days, audit_days=self._settings.audit_days
            ),
        )

    def _forget(self) -> None:
        days = self._settings.readings_days
        self._guarded("forgetting", lambda now: forget_old_readings(self._engine, now, readings_days=days))

    def _back_up(self) -> None:
        self._guarded("backup", lambda now: back_up(self._engine, self._settings, now, zone=self._zone()))

    def _catch_up(self) -> None:
        def judge_if_due(now: datetime) -> None:
            last = read_setting(self._engine, LAST_JUDGED)
            if last is None or now - from_us(int(last)) > DUE:
                self._night.judge(now)

        self._guarded("judging", judge_if_due)

    def _guarded(self, job: str, run: Callable[[datetime], object]) -> None:
        began_at, began = self._clock(), time.perf_counter()
        trouble = ""
        try:
            if not self._turn.is_ours():  # another process runs this store's timetable
                return
            run(began_at)
        except Exception as error:
            trouble = str(error).splitlines()[0][:TROUBLE_CHARACTERS] if str(error) else type(error).__name__
            if trouble != self._troubles.get(job):  # some run every minute
                is_known = isinstance(error, CollectorError)
                log.error("job.failed", job=job, reason=trouble, exc_info=not is_known)  # noqa: TRY400  # it says the rest
        self._troubles[job] = trouble
        told = {"seconds": round(time.perf_counter() - began, 3)}
        ran = PartRun(part=f"job/{job}", began_at=began_at, noted_at=self._clock(), told=told, trouble=trouble)
        try:
            with self._engine.begin() as connection:
                note_part(connection, ran)
        except SQLAlchemyError:  # the job itself may be well; its next run says so
            log.warning("job.unnoted", job=job)


def back_up(engine: Engine, settings: JobSettings, now: datetime, *, zone: str = "UTC") -> Path | None:
    """Write today's backup into the folder and remove the oldest beyond those kept. None where no folder is set."""
    if settings.backup_folder is None:
        return None
    ending = "sqlite3" if engine.dialect.name == "sqlite" else "dump"
    local = now.astimezone(ZoneInfo(zone))
    file = settings.backup_folder / f"{STEM}{local:%Y-%m-%d-%H%M%S}.{ending}"
    size = write_backup(engine, file, now, lambda _: None)
    note_backup(engine, now)
    kept = sorted(settings.backup_folder.glob(f"{STEM}*.{ending}"))
    for old in kept[: -settings.backups_kept]:
        old.unlink()
    log.info("backup.written", file=str(file), size_bytes=size)
    return file
