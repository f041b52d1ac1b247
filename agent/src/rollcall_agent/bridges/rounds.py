"""Asks a bridge's service round after round: devices get their ids, then what is told of them goes into the outbox."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random

from rollcall_agent.bridges.bridge import NOT_UNDERSTOOD, Bridge, Poll, ToldOfDevice
from rollcall_agent.enrollment import Door, Identity
from rollcall_agent.enrollment.devices import DEVICES_MAX, bring_in
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.errors import ComeBackLaterError, EnrollmentError, OutboxError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.outbox import Fact, Outbox
from rollcall_wire import Settings
from rollcall_wire.encoding import encode
from rollcall_wire.ranges import believable

log = logging.getLogger("rollcall.bridge")

RETRY_SECONDS = (5.0, 10.0, 30.0, 60.0, 300.0)
"""How long to wait after a failure before going on; the last of them for ever."""
HURRY_SECONDS = 1.0
"""What was heard within so long of each other is told together."""
SPREAD = 0.2
"""A round comes this part of its interval early at most, so that the bridges of a country do not march in step."""


@dataclass(slots=True)
class Rounds:
    """One bridge at work, in one thread. `told` counts the devices of this round so far.

    `told_whole` counts those of the last whole round, which took `seconds_whole`; `trouble` is why this one was broken
    off: None where it was not.
    """

    bridge: Bridge
    identity: Identity
    door: Door
    known: KnownDevices
    outbox: Outbox
    random: Random
    folder: Path
    settings: Settings = field(default_factory=Settings)
    told: int = 0
    told_whole: int | None = None
    seconds_whole: float | None = None
    trouble: str | None = None
    is_hurried: bool = False
    """Set from any thread: the service has something new to tell."""
    _round: Iterator[ToldOfDevice] | None = None
    _chunk: Sequence[ToldOfDevice] = ()
    _broken: Exception | None = None
    _asked_anew: str | None = None
    _began_at: float = 0.0
    _due_at: float = 0.0
    _tries: int = 0

    def step(self, now: float, utc_now: datetime) -> float:
        """Do a piece of the round where one is due; returns the monotonic instant of the next piece.

        1. Begin a round. 2. Take up to 1,000 devices from the service. 3. Bring them in: ids for what is news.
        4. Store what is told of them, with the bridge's marks. 5. Go on with 2, or rest when nothing is left.
        """
        if self.is_hurried and self._is_resting:
            self.is_hurried = False
            self._due_at = min(self._due_at, now + HURRY_SECONDS)
        if now < self._due_at:
            return self._due_at
        try:
            self._advance(now, utc_now)
        except ComeBackLaterError as error:
            self._postpone(now, str(error), seconds=error.seconds)
        except (EnrollmentError, OutboxError) as error:
            self._postpone(now, str(error))
        except NOT_UNDERSTOOD as error:
            self._postpone(now, explain_error(error, now=utc_now) if isinstance(error, OSError) else repr(error))
        else:
            self._tries = 0
        return self._due_at

    def follow(self, settings: Settings) -> None:
        """Do as the collector asks from now on, and remember it for the next start."""
        text = encode(settings).decode()
        if self.outbox.recall("settings") != text:
            self.outbox.remember("settings", text)
        self.settings = settings
        if self._round is None and self._wanted_anew() is not None:
            self._due_at = 0.0

    @property
    def _is_resting(self) -> bool:
        """Whether nothing is half-done, and nobody asked to be left alone."""
        return self._round is None and not self._chunk and self._tries == 0

    def _advance(self, now: float, utc_now: datetime) -> None:
        if self._round is None and not self._chunk:
            self._began_at, self._round = now, self._begin(utc_now)
        if not self._chunk:
            self._chunk = self._take()
        if not self._chunk:
            self._finish(now)
            return
        self._store(self._chunk, utc_now)
        self.told += len(self._chunk)
        self._chunk = ()
        if (broken := self._broken) is not None:
            self._broken = None
            raise broken
        log.info("round.advanced bridge=%s devices=%d", self.bridge.name, self.told)

    def _begin(self, utc_now: datetime) -> Iterator[ToldOfDevice]:
        self.told = 0
        self._asked_anew = self._wanted_anew()
        assert self.bridge.poll is not None, "who has nothing to tell is not run"
        return self.bridge.poll(
            Poll(
                now=utc_now,
                recall=self.outbox.recall,
                folder=self.folder,
                is_asked_anew=self._asked_anew is not None,
            )
        )

    def _take(self) -> Sequence[ToldOfDevice]:
        assert self._round is not None, "begin first"
        taken: list[ToldOfDevice] = []
        try:
            for told in islice(self._round, DEVICES_MAX):
                taken.append(told)  # noqa: PERF402  # what came before an error is kept
        except Exception as error:
            self._round = None  # the service is asked again from where the marks stand
            if not taken:
                raise
            self._broken = error  # what came before it is stored first: a miserly service must not hold it up for ever
        return taken

    def _store(self, chunk: Sequence[ToldOfDevice], utc_now: datetime) -> None:
        brought = bring_in(self.door, self.identity, self.known, [told.device for told in chunk])
        news = {device.name for device, _ in brought.given}
        facts: list[Fact] = []
        for told in chunk:
            device_id = brought.ids.get(told.device.name)
            if device_id is None:
                continue
            is_told_whole = (
                told.device.name in news or self._asked_anew is not None or (told.is_heard and not told.bodies)
            )
            news.discard(told.device.name)  # once, however often the service speaks of it
            inventory = told.device.inventory if is_told_whole else None
            bodies = told.bodies if inventory is None else (inventory, *told.bodies)
            at = told.observed_at or utc_now
            facts += [Fact(device_id=device_id, recorded_at=at, body=believable(body)) for body in bodies]
        marks = {name: mark for told in chunk for name, mark in told.marks.items()}
        self.outbox.add_facts(facts, now=utc_now, hours=self.settings.school_hours, remember=marks)
        self.known.keep(brought.given)

    def _finish(self, now: float) -> None:
        if self._asked_anew is not None:
            self.outbox.remember("send_again", self._asked_anew)
        log.info("round.done bridge=%s devices=%d", self.bridge.name, self.told)
        self._round, self.told_whole, self.trouble = None, self.told, None
        self.seconds_whole = now - self._began_at
        self._due_at = now + self.settings.vitals_minutes * 60.0 * (1 - SPREAD * self.random.random())

    def _wanted_anew(self) -> str | None:
        wanted = self.settings.send_again
        return None if wanted is None or wanted == self.outbox.recall("send_again") else wanted

    def _postpone(self, now: float, reason: str, *, seconds: float | None = None) -> None:
        wait = RETRY_SECONDS[min(self._tries, len(RETRY_SECONDS) - 1)] if seconds is None else seconds
        self._tries += 1
        if seconds is None:  # who says when to come back is well
            self.trouble = reason
        self._due_at = now + wait
        log.warning("round.postponed bridge=%s seconds=%.0f reason=%s", self.bridge.name, wait, reason)
