"""Drives a thousand make-believe publishers from one loop: one outbox and one courier each, no thread."""

import selectors
from collections import deque
from datetime import datetime
from heapq import heappop, heappush
from math import inf
from typing import Protocol

from rollcall_agent.simulator.publisher import Speaker

_GOODBYE_SECONDS = 5.0
_TURN_SECONDS = 0.05
"""Between two chunks of a back-fill the couriers get their turn at least this often."""


class Clock(Protocol):
    """Where the time comes from; only the command line reads a real one."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def told_until(self) -> datetime:
        """The make-believe present: what lies before it has happened."""

    def utc_now(self) -> datetime:
        """The real present."""


class Fleet:
    """All publishers. Feed it with `add`, then call `turn` until `is_done`, or for ever in live mode.

    `waiting` counts reports without an ack, `told` all that were stored since the outboxes were made.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._speakers: dict[str, Speaker] = {}
        self._filling: deque[Speaker] = deque()
        self._due: list[tuple[float, str]] = []
        self._live: list[tuple[datetime, str]] = []

    def add(self, speaker: Speaker) -> None:
        """Take a publisher in; it opens its outbox and stores its history, and connects only when it may."""
        speaker.start()
        self._speakers[speaker.name] = speaker
        self._filling.append(speaker)

    def connect(self, name: str, *, at: float) -> None:
        """Let this publisher connect at this instant."""
        self._speakers[name].courier.start(at)
        self._schedule(self._speakers[name], at)

    @property
    def count(self) -> int:
        """How many publishers have come in."""
        return len(self._speakers)

    @property
    def told(self) -> int:
        """Reports stored since the outboxes were made."""
        return sum(one.told for one in self._speakers.values())

    @property
    def waiting(self) -> int:
        """Reports that the collector has not acknowledged."""
        return sum(one.outbox.waiting() for one in self._speakers.values())

    @property
    def connected(self) -> int:
        """Publishers with a connection now."""
        return sum(one.courier.is_connected for one in self._speakers.values())

    @property
    def refused(self) -> int:
        """Publishers whose credentials the broker does not accept."""
        return sum(one.courier.refused_by_broker for one in self._speakers.values())

    @property
    def is_filled(self) -> bool:
        """Whether every publisher has stored its history up to the make-believe present."""
        return not self._filling

    def turn(self, seconds_max: float) -> None:
        """Fill, step whoever is due or has something to read, and wait at most so long where nobody is."""
        now = self._clock.monotonic()
        self._fill(now + _TURN_SECONDS)
        self._speak_live()
        wait = 0.0 if self._filling else max(0.0, min(seconds_max, self._next_due() - self._clock.monotonic()))
        ready = {key.data for key, _ in self._selector.select(wait)}
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now:
            due, name = heappop(self._due)
            if self._speakers[name].due_at == due:
                self._speakers[name].due_at = inf
                ready.add(name)
        for name in ready:
            self._step(self._speakers[name], now)

    def stop(self) -> None:
        """Say goodbye for everybody, for five seconds at most; whoever is left is closed without a word."""
        deadline = self._clock.monotonic() + _GOODBYE_SECONDS
        for speaker in self._speakers.values():
            if self._clock.monotonic() < deadline:
                speaker.stop()
            else:
                speaker.outbox.stop()
        self._selector.close()

    def _fill(self, deadline: float) -> None:
        until = self._clock.told_until()
        while self._filling and self._clock.monotonic() < deadline:
            speaker = self._filling[0]
            speaker.tell(until)
            if speaker.is_silent_before(until):
                self._filling.popleft()
                if speaker.next_at is not None:
                    heappush(self._live, (speaker.next_at, speaker.name))
            self._wake(speaker)

    def _speak_live(self) -> None:
        until = self._clock.told_until()
        while self._live and self._live[0][0] < until:
            _, name = heappop(self._live)
            self._filling.append(self._speakers[name])

    def _wake(self, speaker: Speaker) -> None:
        """There is something new to send: step it, unless it waits to connect."""
        if speaker.courier.is_connected:
            self._schedule(speaker, self._clock.monotonic())

    def _step(self, speaker: Speaker, now: float) -> None:
        due = speaker.courier.step(now, self._clock.utc_now())
        self._watch(speaker)
        self._schedule(speaker, due)

    def _watch(self, speaker: Speaker) -> None:
        """Watch the socket the courier has now, which may be another than before, for what it waits for."""
        found = speaker.courier.socket()
        wanted = None
        if found is not None:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if speaker.courier.wants_write() else 0)
            wanted = (found, events)
        if wanted == speaker.watched:
            return
        before = speaker.watched
        if before is not None and (wanted is None or before[0] is not wanted[0]):
            self._selector.unregister(before[0])
            before = None
        if wanted is not None:
            change = self._selector.register if before is None else self._selector.modify
            change(wanted[0], wanted[1], speaker.name)
        speaker.watched = wanted

    def _schedule(self, speaker: Speaker, due: float) -> None:
        if due == speaker.due_at:
            return
        speaker.due_at = due
        if due < inf:
            heappush(self._due, (due, speaker.name))

    def _next_due(self) -> float:
        while self._due and self._speakers[self._due[0][1]].due_at != self._due[0][0]:
            heappop(self._due)
        return self._due[0][0] if self._due else inf
