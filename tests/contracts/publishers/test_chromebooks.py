"""A Chromebook of which Google and its own extension tell: one device, each start once, on the day it was."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_agent.bridges.google.memory import ChromebookMemory, hardware_key
from rollcall_agent.bridges.google.telling import tell_telemetry
from rollcall_collector.identity.bridges import Bridge, Brought, bring
from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.facts import cells
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.publishers.tellers import list_tellers
from rollcall_collector.store.sites import list_sites
from rollcall_collector.store.tables import boots, device_days, devices, publishers
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain
from rollcall_wire.topics import topic
from tests.support.google.chromebooks import Chromebook
from tests.support.identities import new_token
from tests.support.listening import boot, message, report, vitals

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
BRIDGE = "b-chromeos-google"
BOOK = Chromebook(7)


@pytest.fixture
def both(engine: Engine) -> Iterator[tuple[Intake, str, str]]:
    """Ingest, the device as the bridge brought it, and the extension's name after it enrolled."""
    with engine.begin() as connection:
        set_credential(connection, name=BRIDGE, device=None, platform="chromeos", secret_hash="$7$", now_us=1)
        key = connection.execute(sa.select(publishers.c.publisher).where(publishers.c.name == BRIDGE)).scalar_one()
    bridge = Bridge(publisher=key, name=BRIDGE, platform="chromeos", site=None)
    told = Brought(serial_number=BOOK.serial, hardware_keys=(hardware_key(BOOK.device_id),))
    (brought,) = bring(engine, bridge, [told], NOW)
    extension = enroll(
        engine,
        token=new_token(engine, now=NOW),
        hardware_id=hardware_key(BOOK.device_id),
        inventory=Inventory(platform="chromeos", serial_number=BOOK.serial),
        now=NOW,
    )
    registry = Registry(engine)
    registry.refresh()
    opened = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    assert isinstance(brought, str)
    yield opened, brought, extension.publisher
    opened.forget()


def told_by_google(device_id: str, *starts: datetime) -> list[dict[str, Any]]:
    """The reports that the bridge makes of Google's answer."""
    reply = Chromebook(7, boots_at=starts).reported(NOW - timedelta(days=30), NOW)
    assert reply is not None
    told = tell_telemetry(BOOK.device_id, reply, (), ChromebookMemory(), NOW)
    bodies = [(one.observed_at or NOW, body) for one in told for body in one.bodies]
    return [report(seq, device_id, plain(body), at=at) for seq, (at, body) in enumerate(bodies, 1)]


def receive(intake: Intake, name: str, reports: list[dict[str, Any]]) -> None:
    payload = message(name, reports, epoch=f"{crc32(name.encode()):016x}")
    intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])


def test_the_bridge_and_the_extension_meet_in_one_device(engine: Engine, both: tuple[Intake, str, str]) -> None:
    _, brought, extension = both

    with engine.connect() as connection:
        known = connection.execute(sa.select(devices.c.device_id)).scalars().all()
    assert known == [brought] == [extension]


@pytest.mark.parametrize("is_google_first", [True, False])
def test_a_start_told_by_both_is_counted_once(
    engine: Engine, both: tuple[Intake, str, str], is_google_first: bool
) -> None:
    intake, device_id, extension = both
    started_at = NOW - timedelta(hours=4)
    streams = {
        BRIDGE: told_by_google(device_id, started_at),
        extension: [boot(1, device_id, at=started_at + timedelta(seconds=40), source="uptime"), vitals(2, device_id)],
    }

    for name in sorted(streams, key=lambda one: (one == BRIDGE) != is_google_first):
        receive(intake, name, streams[name])

    with engine.connect() as connection:
        rows = connection.execute(sa.select(boots.c.to_login_seconds)).scalars().all()
        counted = connection.execute(sa.select(sa.func.sum(device_days.c.boots))).scalar_one()
    assert rows == [9.0]
    assert counted == 1


def test_each_says_how_old_its_word_is(engine: Engine, both: tuple[Intake, str, str]) -> None:
    intake, device_id, extension = both

    receive(intake, BRIDGE, told_by_google(device_id, NOW - timedelta(hours=4)))
    receive(intake, extension, [vitals(1, device_id, at=NOW - timedelta(minutes=5))])

    with engine.connect() as connection:
        told = {one.is_agent: one.heard_at for one in list_tellers(connection, Scope.all(), 1)}
    assert told == {False: NOW - timedelta(hours=1), True: NOW - timedelta(minutes=5)}


@pytest.mark.parametrize(("is_used_today", "today"), [(False, "silent"), (True, "fine")])
def test_a_start_of_more_than_a_day_ago_is_never_this_morning_s(
    engine: Engine, both: tuple[Intake, str, str], is_used_today: bool, today: str
) -> None:
    intake, device_id, extension = both
    started_at = NOW - timedelta(hours=26, minutes=30)

    receive(intake, BRIDGE, told_by_google(device_id, started_at))
    if is_used_today:  # it was woken, not started: its extension speaks of this morning
        receive(intake, extension, [vitals(1, device_id, at=NOW - timedelta(minutes=5))])

    with engine.connect() as connection:
        (bar,) = cells(
            connection, Scope.all(), [1], NOW.date(), {one.name: one for one in list_sites(connection, Scope.all())}
        ).values()
        days = connection.execute(sa.select(device_days.c.on, device_days.c.boots)).all()
    assert [on - days[0].on for on, count in days if count] == [0]
    assert [(one.kind, one.boots) for one in bar[-2:]] == [("fine", 1), (today, 0)]
