"""What happens to a small fleet, told by chance: reports, late ones, of two publishers, moves, nights, lost readings."""

from datetime import timedelta
from random import Random
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.jobs.retention import forget_old_readings
from rollcall_collector.judge.findings import registry
from rollcall_collector.judging.history.read import KeptHistory, Span, read_history
from rollcall_collector.judging.history.refresh import refresh_bands
from rollcall_collector.store.history.kept_columns import BAND
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import devices
from rollcall_wire.topics import topic
from tests.support.listening import NOW, boot, device_id, enroll, enroll_bridge, failure, message, vitals

BRIDGE = "b-linux-intune"
NUMBERS = (1, 2, 3, BAND, BAND + 1, 3 * BAND)
"""Devices of three bands."""
SHARED = (1, BAND)
"""Two of which a bridge tells too."""
WINDOW, BIN = 365, 30
READINGS_SINCE = 120
TODAY = to_day(NOW.date())


class Story:
    """What happens to a small fleet, told by chance; each seed tells from outboxes of its own."""

    told_at_most = 4

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.seed = seed
        self.random = Random(seed)
        self.today = self.latest = TODAY
        self.told = 0
        self.starts = 0
        registry_ = Registry(engine)
        registry_.refresh()
        self.intake = Intake(engine=engine, registry=registry_, clock=self._clock)

    def _clock(self) -> Any:
        return NOW + timedelta(days=self.today - TODAY)

    def reports(self) -> None:
        """A few reports of one device, in one message of who tells of it, of a day that may be long ago."""
        number = self.random.choice(NUMBERS)
        name = BRIDGE if number in SHARED and self.random.random() < 0.5 else device_id(number)
        told = [self._report(number) for _ in range(self.random.randint(1, self.told_at_most))]
        payload = message(name, told, epoch=f"{crc32(f'{name} {self.seed}'.encode()):016x}")
        self.intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])

    def _report(self, number: int) -> dict[str, Any]:
        random, about = self.random, device_id(number)
        self.told += 1
        back = random.choice(
            (0, 0, 0, 1, 1, 2, 3, random.randint(0, 100), random.randint(300, 420), -random.randint(1, 9))
        )
        at = self._clock().replace(hour=random.randint(7, 16), minute=random.randint(0, 59)) - timedelta(days=back)
        match random.randrange(4):
            case 0:
                self.starts += 1
                again = random.random() < 0.3
                return boot(
                    self.told,
                    about,
                    at=at,
                    boot_id=f"start-{number}-{random.randint(1, self.starts) if again else self.starts}",
                    start_kind=random.choice(("full", "full", "fast", "resume", "unknown")),
                    to_login_seconds=random.choice((None, round(random.uniform(9, 60), 3))),
                    os_version=random.choice((None, "12.1", "12.2", "13")),
                )
            case 1:
                return failure(self.told, about, at=at)
            case _:
                return vitals(
                    self.told,
                    about,
                    at=at,
                    awake_seconds=random.choice((None, 60.0, 7_200.0)),
                    battery_level_percent=random.choice((None, 20.5, 80.0)),
                    is_charging=random.choice((None, False, True)),
                    is_plugged_in=random.choice((None, False, True)),
                    battery_full_wh=random.choice((None, 25.25, 49.1)),
                    battery_design_wh=random.choice((None, 50.0)),
                    media_errors=random.choice((None, 0, 0, random.randint(1, 3))),
                    storage_wear_percent=random.choice((None, 20.0, 99.0)),
                )

    def another_day(self) -> None:
        """The day after, or after the holidays; now and then the clock is set back, or jumps."""
        self.today += self.random.choice((1, 1, 1, 1, 3, 40, -2, -35))
        self.latest = max(self.latest, self.today)

    def places(self) -> None:
        """A device is retired, comes back, or is of another model."""
        values = self.random.choice(({"retired_on": self.today}, {"retired_on": None}, {"model": "Maple 14"}))
        number = self.random.choice(NUMBERS)
        with self.engine.begin() as connection:
            connection.execute(sa.update(devices).where(devices.c.device == number).values(values))

    def retention(self) -> None:
        """Readings older than some weeks are forgotten."""
        forget_old_readings(self.engine, self._clock(), readings_days=self.random.randint(20, 200))

    def killed_night(self) -> None:
        """A night that comes no further than a band or two."""
        night = refresh_bands(self.engine, NUMBERS, since_on=self.span.since, until_day=self.span.until_day)
        for _ in range(self.random.randint(1, 2)):
            next(night)

    def night(self) -> KeptHistory:
        """A night that is whole."""
        since = self.today - READINGS_SINCE
        return read_history(self.engine, self.span, readings=registry.wanted_readings(), readings_since=since)

    @property
    def span(self) -> Span:
        return Span(until_day=self.today + 1, window_days=WINDOW, bin_days=BIN)


def enroll_fleet(engine: Engine) -> None:
    """The devices that stories tell of, and the bridge that tells of two of them too."""
    for number in NUMBERS:
        enroll(engine, 1, first=number)
    enroll_bridge(engine, BRIDGE, "linux")
