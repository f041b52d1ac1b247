"""One make-believe publisher: tells what its devices' lives say through its own real outbox and courier."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from math import inf
from pathlib import Path
from random import Random
from socket import socket

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.enrollment.identity import Identity, settings_at_enrollment
from rollcall_agent.outbox import Fact, Outbox
from rollcall_agent.simulator.life.history import Life
from rollcall_wire import SchoolHours, Settings

CHUNK = 2_000
"""Reports stored in one transaction of a back-fill."""
_TOLD = "simulator-told"


class Speaker:
    """A device that speaks for itself, or an MDM bridge that speaks for many.

    What it has told is counted in the outbox's own transactions, so that a run that was broken off goes on where it
    stopped: nothing is told twice.
    """

    def __init__(
        self,
        *,
        identity: Identity,
        ca_file: Path | None,
        lives: Sequence[tuple[str, Life]],
        folder: Path,
        random: Random,
    ) -> None:
        self.name = identity.publisher
        self.due_at = inf
        self.watched: tuple[socket, int] | None = None
        self.told = 0
        self._hours = settings_at_enrollment(identity).school_hours
        self._facts = _facts_of(lives)
        self._next: Fact | None = None
        self.outbox = Outbox(folder / f"{self.name}.sqlite3")
        self.courier = Courier(
            outbox=self.outbox,
            broker=Broker(host=identity.broker_host, port=identity.broker_port, ca_file=ca_file),
            credentials=Credentials(publisher=identity.publisher, password=identity.password),
            random=random,
            on_settings=self._follow,
            hours=self._hours,
        )

    @property
    def hours(self) -> SchoolHours | None:
        """The school's hours as last heard from the collector."""
        return self._hours

    @property
    def next_at(self) -> datetime | None:
        """When it will say something next; None when its devices are gone for good."""
        return None if self._next is None else self._next.recorded_at

    def start(self) -> None:
        """Open the outbox and skip what an earlier run told. Connecting is the courier's `start`."""
        self.outbox.start()
        self.told = int(self.outbox.recall(_TOLD) or 0)
        self._next = next(islice(self._facts, self.told, None), None)

    def tell(self, until: datetime) -> int:
        """Store what is said before this instant, at most CHUNK reports; returns how many that were."""
        facts: list[Fact] = []
        upcoming = self._next
        while upcoming is not None and upcoming.recorded_at < until and len(facts) < CHUNK:
            facts.append(upcoming)
            upcoming = next(self._facts, None)
        if facts:
            told = str(self.told + len(facts))
            self.outbox.add_facts(facts, now=until, hours=self._hours, remember={_TOLD: told})
            self.told += len(facts)
            self._next = upcoming
        return len(facts)

    def is_silent_before(self, until: datetime) -> bool:
        """Whether it has told everything that happened before this instant."""
        return self._next is None or self._next.recorded_at >= until

    def stop(self) -> None:
        """Say goodbye and close the outbox."""
        self.courier.stop()
        self.outbox.stop()

    def _follow(self, settings: Settings) -> None:
        self._hours = settings.school_hours


def _facts_of(lives: Sequence[tuple[str, Life]]) -> Iterator[Fact]:
    streams = [_stream(device_id, life) for device_id, life in lives]
    return streams[0] if len(streams) == 1 else merge(*streams, key=_instant)


def _stream(device_id: str, life: Life) -> Iterator[Fact]:
    for told in life.days():
        for at, body in told:
            yield Fact(device_id=device_id, recorded_at=at, body=body)


def _instant(fact: Fact) -> datetime:
    return fact.recorded_at
