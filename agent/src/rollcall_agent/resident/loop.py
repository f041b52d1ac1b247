"""Lives on the device: looks when something is due, carries reports, and sleeps in between."""

import logging
import time
from dataclasses import dataclass, field, replace
from random import Random

from rollcall_agent import timetable
from rollcall_agent.courier import Courier
from rollcall_agent.errors import OutboxError
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.look import Lookout
from rollcall_agent.resident.sleep import Waking
from rollcall_agent.sources import awake, clock, run_flag
from rollcall_agent.sources.counters import marked, marking
from rollcall_agent.sources.source import Host, Moment, Past
from rollcall_agent.sources.system import System
from rollcall_wire import Settings
from rollcall_wire.encoding import encode

log = logging.getLogger("rollcall.agent")

WAIT_SECONDS_MAX = 300.0
CLOCK_WAIT_SECONDS = 30.0
OUTBOX_REST_SECONDS = 60.0
SUSPENDED_SECONDS = 5.0
"""The two clocks drift apart by less than this unless the device slept."""
CLOCK_STEP_SECONDS = 60.0
"""A wall clock that goes otherwise than the time since the start was set: perhaps a snapshot of the memory woke up."""


@dataclass(slots=True)
class Residence:
    """One device's agent at work, in one thread."""

    device_id: str
    system: System
    outbox: Outbox
    host: Host
    lookout: Lookout
    random: Random
    is_supervised: bool
    boot_id: str = ""
    settings: Settings = field(default_factory=Settings)
    table: timetable.Timetable | None = None
    is_asked_anew: bool = False
    trouble: str = ""
    """What keeps reports from being stored, while it does: said once."""

    def start(self, now: Moment, *, is_visit: bool = False) -> None:
        """Note that this run has begun, and lay out the timetable. A visit tells its vitals however soon it comes."""
        self.boot_id = self.system.boot_id(self.host)
        self.outbox.remember(
            "run",
            run_flag.begun(
                self.outbox.recall("run"),
                boot_id=self.boot_id,
                raw_boot_id=self.system.raw_boot_id(self.host),
                is_supervised=self.is_supervised,
            ),
        )
        done = marked(self.outbox.recall("timetable"))
        is_known = not is_visit and done.get("boot") == self.boot_id and "vitals" in done
        wall = now.now.timestamp()
        self.table = timetable.begin(
            now.since_boot_seconds,
            vitals_age=wall - done["vitals"] if is_known else None,
            daily_age=wall - done["daily"] if "daily" in done else None,
            vitals_minutes=self.settings.vitals_minutes,
            jitter=self.random.random(),
        )

    def look(self, now: Moment) -> float:
        """Look at what is due and store it; returns the seconds until the next thing is due."""
        assert self.table is not None, "start first"
        try:
            if not clock.is_believable(now.now):
                self._await_clock()
                return CLOCK_WAIT_SECONDS
            if rhythms := self.table.due(now.since_boot_seconds):
                self.table = self._look(self.table, now, rhythms)
        except OutboxError as error:
            if str(error) != self.trouble:
                log.error("reports.postponed reason=%s", error)  # noqa: TRY400  # the text is for a technician
            self.trouble = str(error)
            return OUTBOX_REST_SECONDS
        self.trouble = ""
        return max(0.0, self.table.next_at() - now.since_boot_seconds)

    def follow(self, settings: Settings) -> None:
        """Do as the collector asks from now on, and remember it for the next start."""
        text = encode(settings).decode()
        if self.outbox.recall("settings") != text:
            self.outbox.remember("settings", text)
            log.info("settings.changed vitals_minutes=%d", settings.vitals_minutes)
        now = self.system.moment().since_boot_seconds
        if self.table and settings.vitals_minutes != self.settings.vitals_minutes:
            self.table = timetable.paced(
                self.table, now, vitals_minutes=settings.vitals_minutes, jitter=self.random.random()
            )
        self.settings = settings
        if settings.send_again is not None and settings.send_again != self.outbox.recall("send_again"):
            self.is_asked_anew = True
            self.table = timetable.at_once(self.table, now) if self.table else None

    def hasten(self, now: Moment) -> None:
        """Have the vitals told at once: the device is about to sleep, woke up, or was plugged in or out."""
        self.table = self.table and replace(self.table, vitals_at=now.since_boot_seconds)

    def finish(self, now: Moment, *, is_system_stopping: bool = False) -> None:
        """Note how this run ends: only a stopping system is a clean stop of the device; say what is not yet told."""
        is_stopping = is_system_stopping or self.system.is_stopping(self.host)
        carried = awake.carry(self.outbox.recall("awake"), boot_id=self.boot_id, now=now.awake_seconds)
        flag = run_flag.finished(self.outbox.recall("run"), is_system_stopping=is_stopping)
        for name, mark in (("run", flag), ("awake", carried)):
            if mark is not None:
                self.outbox.remember(name, mark)
        log.info("agent.stopped is_system_stopping=%s", is_stopping)

    def _look(
        self, table: timetable.Timetable, now: Moment, rhythms: frozenset[timetable.Rhythm]
    ) -> timetable.Timetable:
        past = Past(moment=now, boot_id=self.boot_id, recall=self.outbox.recall, is_asked_anew=self.is_asked_anew)
        look = self.lookout.look(self.host, past, rhythms)
        marks = {**look.marks, "timetable": self._done(now, rhythms)}
        if self.is_asked_anew and self.settings.send_again is not None and look.is_boot_known:
            marks["send_again"] = self.settings.send_again
        self.outbox.add(
            look.bodies,
            device_id=self.device_id,
            now=now.now,
            hours=self.settings.school_hours,
            remember=marks,
        )
        self.is_asked_anew &= "send_again" not in marks
        return timetable.after(
            table,
            now.since_boot_seconds,
            done=rhythms,
            is_boot_known=look.is_boot_known,
            vitals_minutes=self.settings.vitals_minutes,
            jitter=self.random.random(),
        )

    def _done(self, now: Moment, rhythms: frozenset[timetable.Rhythm]) -> str:
        done = marked(self.outbox.recall("timetable"))
        done |= {rhythm: now.now.timestamp() for rhythm in rhythms}
        return marking(**{**done, "boot": self.boot_id})

    def _await_clock(self) -> None:
        mark = self.outbox.recall("clock")
        if marked(mark).get("reset_in") != self.boot_id:
            log.warning("clock.unbelievable: nothing is recorded until the clock is set")
            self.outbox.remember("clock", clock.unbelievable(mark, boot_id=self.boot_id))


def was_clock_set(before: Moment, now: Moment) -> bool:
    """Whether the wall clock went otherwise than the time since the start."""
    passed = now.since_boot_seconds - before.since_boot_seconds
    return abs((now.now - before.now).total_seconds() - passed) > CLOCK_STEP_SECONDS


def live(residence: Residence, courier: Courier, waking: Waking) -> None:
    """Look, carry, sleep; until told to stop. One wake-up does all that is due."""
    before = residence.system.moment()
    residence.start(before)
    courier.start(time.monotonic())
    while not waking.is_stopping:
        now = residence.system.moment()
        slept = (now.since_boot_seconds - before.since_boot_seconds) - (now.awake_seconds - before.awake_seconds)
        if slept > SUSPENDED_SECONDS:
            log.info("device.resumed slept_seconds=%d", slept)
        if was_clock_set(before, now):
            residence.outbox.epochs.begin()
        before = now
        if is_asked := waking.take_request():
            residence.hasten(now)
        due, table = residence.look(now), residence.table
        if is_asked:
            waking.answer_request()
        if clock.is_believable(now.now):
            due = min(due, courier.step(time.monotonic(), now.now) - time.monotonic())
        if residence.table is not table:  # the collector just asked for something
            continue
        waking.wait(courier.socket(), min(due, WAIT_SECONDS_MAX), wants_write=courier.wants_write())
        waking.settle()
