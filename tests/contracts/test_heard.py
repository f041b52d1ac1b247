"""Heard is when a device spoke, not when its words arrived, on either database and whatever its clock says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.model.device import SILENT_DAYS
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.publishers.tellers import list_tellers
from rollcall_collector.store.tables import sites
from rollcall_wire.topics import topic
from tests.support.listening import NOW, boot, device_id, enroll, enroll_bridge, message, vitals

ME, BRIDGE = device_id(1), "b-linux-intune"


@pytest.fixture
def intake(engine: Engine) -> Iterator[Intake]:
    enroll(engine, 2)
    enroll_bridge(engine, BRIDGE, "linux")
    registry = Registry(engine)
    registry.refresh()
    opened = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    yield opened
    opened.forget()


def _tell(intake: Intake, *reports: Any, name: str = ME) -> None:
    intake.receive([Arrived(topic(name, "reports").encode(), message(name, reports), 1)])


def _heard(engine: Engine, name: str = ME) -> datetime | None:
    with engine.connect() as connection:
        return find_device(connection, Scope.all(), name).last_heard_at


def test_a_device_that_enrolled_and_told_nothing_was_not_heard(engine: Engine, intake: Intake) -> None:
    _tell(intake, vitals(1, device_id(2)), name=device_id(2))

    assert _heard(engine) is None
    assert _heard(engine, device_id(2)) == NOW


def test_a_history_that_arrives_today_was_heard_on_its_last_day(engine: Engine, intake: Intake) -> None:
    friday = NOW - timedelta(days=4)

    _tell(intake, boot(1, ME, at=friday - timedelta(days=30)), vitals(2, ME, at=friday), boot(3, ME, at=friday))

    assert _heard(engine) == friday


def test_older_words_that_come_late_turn_nothing_back(engine: Engine, intake: Intake) -> None:
    _tell(intake, vitals(1, ME))

    _tell(intake, vitals(2, ME, at=NOW - timedelta(days=9)))

    assert _heard(engine) == NOW


@pytest.mark.parametrize("ahead", [timedelta(minutes=3), timedelta(hours=30)])
def test_a_clock_that_is_ahead_was_heard_now_and_never_later(engine: Engine, intake: Intake, ahead: timedelta) -> None:
    _tell(intake, vitals(1, ME, at=NOW + ahead))

    assert _heard(engine) == NOW


@pytest.mark.parametrize("behind", [timedelta(hours=2), timedelta(hours=11)])
def test_a_clock_that_is_hours_behind_is_not_silent(engine: Engine, intake: Intake, behind: timedelta) -> None:
    _tell(intake, vitals(1, ME, at=NOW - behind))

    heard = _heard(engine)
    assert heard is not None
    assert timedelta(0) < NOW - heard < timedelta(days=2) < timedelta(days=SILENT_DAYS)


def test_a_day_told_without_a_zone_is_that_day_in_the_zone_of_its_school(engine: Engine, intake: Intake) -> None:
    with engine.begin() as connection:
        connection.execute(sites.update().values(zone="America/New_York"))
    registry = Registry(engine)
    registry.refresh()
    there = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    yesterday = NOW.replace(hour=0, minute=0) - timedelta(days=1)
    told = vitals(1, ME, at=yesterday) | {"precision": "day"}

    _tell(there, told)

    there.forget()
    zone = 5 if yesterday.month in {11, 12, 1, 2} else 4
    assert _heard(engine) == yesterday + timedelta(hours=zone)


def test_each_of_two_publishers_was_heard_when_it_spoke_itself(engine: Engine, intake: Intake) -> None:
    _tell(intake, vitals(1, ME, at=NOW - timedelta(days=2)), name=BRIDGE)
    _tell(intake, vitals(1, ME))
    _tell(intake, vitals(2, ME, at=NOW - timedelta(days=1)), name=BRIDGE)
    _tell(intake, vitals(3, ME, at=NOW - timedelta(days=3)), name=BRIDGE)

    with engine.connect() as connection:
        device = find_device(connection, Scope.all(), ME).device
        heard = {one.name: one.heard_at for one in list_tellers(connection, Scope.all(), device)}
    assert heard[BRIDGE].date() == (NOW - timedelta(days=1)).date()
    assert heard[ME] == NOW
