"""The Google bridge on its machine, with a fake Google before it and a collector's door behind it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rollcall_agent.bridges.google import google_bridge
from rollcall_agent.bridges.rounds import Rounds
from rollcall_agent.enrollment import Door
from rollcall_agent.enrollment.known_devices import KnownDevices
from rollcall_agent.outbox import Outbox
from rollcall_wire import SchoolHours, Settings
from tests.support.google.chromebooks import Chromebook
from tests.support.google.fake import FakeGoogle, fake_google
from tests.support.google.service_account import write_key
from tests.support.stand_ins.bridge_door import BridgeDoor, bridge_door

REST_SECONDS_LEAST = 1_000
"""No wait after a failure is so long: the bridge has come round."""
HOURS = SchoolHours(zone="UTC", days=(1, 2, 3, 4, 5), opens_minute=0, closes_minute=1_440)


@dataclass
class Station:
    """What the bridge remembers outlives a `start`, which is as after kill -9: nothing was said goodbye to."""

    folder: Path
    google: FakeGoogle
    door: BridgeDoor
    now: datetime
    stack: ExitStack
    at: float = 0.0
    rounds: Rounds = field(init=False)

    def start(self) -> None:
        self.stack.close()
        outbox, known = Outbox(self.folder / "outbox.sqlite3"), KnownDevices(self.folder / "devices.sqlite3")
        door = Door(self.door.url)
        for part in (outbox, known, door):
            part.start()
            self.stack.callback(part.stop)
        self.rounds = Rounds(
            bridge=google_bridge(self.google.endpoints),
            identity=self.door.identity,
            door=door,
            known=known,
            outbox=outbox,
            random=Random(1),
            folder=self.folder,
            settings=Settings(school_hours=HOURS),
        )

    def step(self) -> float:
        """One piece; returns in how many seconds the next is due."""
        return self.rounds.step(self.at, self.now) - self.at

    def go_round(self) -> None:
        """All that is due until the bridge rests; what was due later is due now."""
        self.at += 7_200
        while self.step() <= 0:
            pass

    def wait_until_it_rests(self) -> bool:
        """Let time pass as the bridge waits; False where it never comes to the end of its round."""
        for _ in range(200):
            wait = self.step()
            self.at += max(wait, 0.0)
            self.now += timedelta(seconds=max(wait, 0.0))
            if wait > REST_SECONDS_LEAST:
                return True
        return False

    def told(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The reports that wait in the outbox."""
        found = self.rounds.outbox.after(0, bytes_max=1 << 28, count_max=1_000_000)
        reports = [json.loads(body) for _, body in found]
        return [one for one in reports if kind in {None, one["body"]["kind"]}]

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """What was told of this kind."""
        return [one["body"] for one in self.told(kind)]


@contextmanager
def station(folder: Path, fleet: list[Chromebook], now: datetime) -> Iterator[Station]:
    """A bridge that has not gone round yet. Whatever Google's documents forbid fails the test at its end."""
    with fake_google(fleet, lambda: found.now) as google, bridge_door() as door, ExitStack() as stack:
        found = Station(folder=folder / "bridge", google=google, door=door, now=now, stack=stack)
        write_key(found.folder, google.token_uri)
        found.start()
        yield found
        assert google.faults == []
