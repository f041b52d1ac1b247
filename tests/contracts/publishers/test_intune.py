"""A PC of which Intune and its own agent tell: one device, each start and each stop error once, whoever was first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_agent.bridges.vendors.startups import read_startup
from rollcall_collector.identity.bridges import Bridge, Brought, bring
from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import boots, device_days, devices, failures, publishers
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain
from rollcall_wire.topics import topic
from tests.support.identities import new_token
from tests.support.listening import boot, failure, message, report

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)
STARTED = NOW - timedelta(hours=4)
BRIDGE, SERIAL = "b-windows-intune", "5CD00001AB"


def told_by_intune(device_id: str) -> list[dict[str, Any]]:
    """The reports that the bridge makes of Graph's answer: to the second, and after the agent in time."""
    told = {
        "deviceId": "i", "startTime": STARTED.isoformat(), "coreBootTimeInMs": 21_500,
        "restartCategory": "blueScreen", "restartStopCode": "159",
    }  # fmt: skip
    startup = read_startup(told)
    assert startup is not None
    return [report(seq, device_id, plain(body), at=STARTED) for seq, body in enumerate(startup.bodies(SERIAL), 1)]


def told_by_agent(device_id: str) -> list[dict[str, Any]]:
    at = STARTED + timedelta(seconds=11)
    how: dict[str, Any] = {"previous_stop": "unclean", "stop_cause": "crash", "stop_code": "0x0000009F"}
    return [
        boot(1, device_id, at=at, source="event_log", start_kind="full", to_login_seconds=24.0, **how),
        failure(2, device_id, at=at, channel="crash", code="stop_error", evidence={"stop_code": 159.0}),
    ]


@pytest.mark.parametrize("is_intune_first", [True, False])
def test_a_start_and_its_stop_error_told_by_both_count_once(engine: Engine, is_intune_first: bool) -> None:
    with engine.begin() as connection:
        set_credential(connection, name=BRIDGE, device=None, platform="windows", secret_hash="$7$", now_us=1)
        key = connection.execute(sa.select(publishers.c.publisher).where(publishers.c.name == BRIDGE)).scalar_one()
    bridge = Bridge(publisher=key, name=BRIDGE, platform="windows", site=None)
    pc = Inventory(platform="windows", manufacturer="Dell Inc.", serial_number=SERIAL)
    (device_id,) = bring(engine, bridge, [Brought(serial_number=SERIAL, inventory=pc)], NOW)
    assert isinstance(device_id, str)
    agent = enroll(engine, token=new_token(engine, now=NOW), hardware_id="7" * 64, inventory=pc, now=NOW)
    registry = Registry(engine)
    registry.refresh()
    intake = Intake(engine=engine, registry=registry, clock=lambda: NOW)

    streams = {BRIDGE: told_by_intune(device_id), agent.publisher: told_by_agent(device_id)}
    for name in sorted(streams, key=lambda one: (one == BRIDGE) != is_intune_first):
        payload = message(name, streams[name], epoch=f"{crc32(name.encode()):016x}")
        intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])
    intake.forget()

    with engine.connect() as connection:
        known = connection.execute(sa.select(sa.func.count()).select_from(devices)).scalar_one()
        (start,) = connection.execute(sa.select(boots.c.to_login_seconds, boots.c.stop_code)).all()
        stops = connection.execute(sa.select(sa.func.sum(failures.c.count))).scalar_one()
        day = connection.execute(sa.select(device_days.c.boots, device_days.c.unclean_stops, device_days.c.failures))
        assert (known, stops, day.one()) == (1, 1, (1, 1, 1))
    assert start == (21.5 if is_intune_first else 24.0, "0x0000009F")
