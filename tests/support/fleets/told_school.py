"""A school whose devices tell their record through ingest, day by day, up to a night on which the fleet is judged."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import devices
from rollcall_wire.encoding import decode_ack
from rollcall_wire.topics import topic
from tests.support.listening import boot, device_id, enroll, failure, message, vitals

NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)
TODAY = NOW.date()
SUSPECT = 1
"""The device of which something is to be found; all others are its peers."""
_AT_ONCE = 100


@dataclass(kw_only=True)
class ToldSchool:
    """Devices 1 to `count` of one model, enrolled a year ago; what they tell is kept when they are judged."""

    engine: Engine
    count: int = 3
    _reports: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        enroll(self.engine, self.count)
        self.know(self.devices, model="Maple 14", enrolled_on=to_day(TODAY - timedelta(days=400)))

    @property
    def devices(self) -> range:
        """Their numbers."""
        return range(1, self.count + 1)

    def know(self, numbers: Iterable[int], **papers: Any) -> None:
        """What the school's list says of these devices."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(devices).where(devices.c.device.in_(tuple(numbers))).values(**papers))

    def live(self, number: int, days: Iterable[date], **readings: Any) -> None:
        """Vitals on each of these days."""
        for on in days:
            self._tell(number, vitals, _at(on, 9), **readings)

    def fail(self, number: int, on: date, channel: str, code: str, **evidence: float) -> None:
        """One failure on that day."""
        self._tell(number, failure, _at(on, 10), channel=channel, code=code, evidence=evidence)

    def start(self, number: int, on: date, seconds: float) -> None:
        """One full start, so many seconds to the login screen."""
        self._tell(
            number, boot, _at(on, 8), boot_id=f"{number}-{on}", start_kind="full", to_login_seconds=round(seconds, 2)
        )

    def judge(self) -> dict[str, set[int]]:
        """Let everything told be kept, judge the fleet, and say which findings stand of which devices."""
        self._receive()
        judge_fleet(self.engine, NOW)
        numbers = {device_id(number): number for number in self.devices}
        found: dict[str, set[int]] = defaultdict(set)
        with self.engine.connect() as connection:
            for flag in list_flags(connection, Scope.all()):
                found[flag.finding].add(numbers[flag.device_id])
        return dict(found)

    def _tell(self, number: int, what: Any, at: datetime, **fields: Any) -> None:
        told = self._reports[number]
        told.append(what(len(told) + 1, device_id(number), at=at, **fields))

    def _receive(self) -> None:
        registry = Registry(self.engine)
        registry.refresh()
        intake = Intake(engine=self.engine, registry=registry, clock=lambda: NOW)
        for number, reports in self._reports.items():
            name = device_id(number)
            for start in range(0, len(reports), _AT_ONCE):
                some = reports[start : start + _AT_ONCE]
                payload = message(name, some)
                acks = intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])
                kept = sum(1 + last - first for _, ack in acks for first, last in decode_ack(ack).kept)
                assert kept == len(some), [decode_ack(ack).refused for _, ack in acks]
        intake.forget()
        self._reports.clear()


def school_days(count: int, *, until: date = TODAY) -> tuple[date, ...]:
    """The Mondays to Fridays of so many days before that one, oldest first."""
    days = (until - timedelta(days=back) for back in range(count, 0, -1))
    return tuple(day for day in days if day.isoweekday() <= 5)


def uneven_luck(seed: int) -> Random:
    """Chance that falls the same way every time."""
    return Random(seed)


def _at(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), UTC)
