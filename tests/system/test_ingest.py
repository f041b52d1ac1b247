"""The listener on a real Mosquitto: what is acknowledged is kept, and what is not kept is not acknowledged."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine

from rollcall_collector.ingest.listen import _BulkClient
from rollcall_collector.ingest.mqtt_socket import Lane
from rollcall_collector.store.tables import device_days, device_states, publishers, refusals, sites
from rollcall_wire.encoding import decode_settings
from rollcall_wire.topics import topic
from tests.support.brokers.mosquitto import Mosquitto, mosquitto
from tests.support.identities import new_store
from tests.support.listening import EPOCH, RawPublisher, enroll, failure, listening, message, vitals
from tests.support.wait import wait_for

Joining = Callable[[str], RawPublisher]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as running:
        yield running


@pytest.fixture
def names(engine: Engine, broker: Mosquitto) -> list[str]:
    found = enroll(engine, 5)
    broker.admit(dict.fromkeys([*found, "d-nobody"], "secret"))
    return found


@pytest.fixture
def join(broker: Mosquitto) -> Joining:
    return lambda name: RawPublisher(host=broker.host, port=broker.port, name=name)


def reports_kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(device_days.c.reports), 0))).scalar_one())


def test_what_is_acknowledged_is_kept(engine: Engine, broker: Mosquitto, names: list[str], join: Joining) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(message(names[0], [vitals(seq, names[0]) for seq in range(1, 21)]))

        wait_for(lambda: device.kept() == set(range(1, 21)), what="the ack")
        assert reports_kept(engine) == 20
        assert device.acks[0].epoch == EPOCH
        assert device.acks[0].credit > 0


def test_a_repeat_is_acknowledged_again_and_counted_once(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        for _ in range(3):
            device.send(message(names[0], [vitals(1, names[0]), failure(2, names[0])]))

        wait_for(lambda: sum(1 for ack in device.acks for _ in ack.kept) >= 1 and device.kept() == {1, 2}, what="acks")
        device.send(message(names[0], [vitals(3, names[0])]))
        wait_for(lambda: 3 in device.kept(), what="the last ack")
        assert reports_kept(engine) == 3


def test_bad_reports_are_refused_by_number_and_neighbours_are_kept(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    wrong = [vitals(2, names[0], battery_level_percent=130.0), vitals(3, names[1]), vitals(4, names[0], kind="dream")]

    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(message(names[0], [vitals(1, names[0]), *wrong, vitals(5, names[0])]))
        wait_for(lambda: device.acks, what="the ack")

    assert device.kept() == {1, 2, 5}
    assert device.refused() == {3: "wrong_device", 4: "unknown_kind"}
    with engine.connect() as connection:
        kept = connection.execute(sa.select(refusals.c.seq, refusals.c.reason)).all()
    assert sorted(map(tuple, kept)) == [(2, "out_of_range"), (3, "wrong_device"), (4, "unknown_kind")]


def test_an_oversized_message_is_named_by_its_digest_and_never_held(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    huge = message(names[0], [vitals(1, names[0])], padding="x" * 5_000_000)

    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(huge)
        device.send(message(names[0], [vitals(2, names[0])]))
        wait_for(lambda: 2 in device.kept(), what="the neighbour's ack")

    told = [one for ack in device.acks for one in ack.unreadable]
    assert told == [(f"{crc32(huge):08x}", "too_large")]
    assert {ack.epoch for ack in device.acks} == {EPOCH}


def test_a_flood_of_bad_messages_takes_no_memory_and_delays_nobody(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as bad, join(names[1]) as good:
        bad.send(b"\xff" * 60_000)
        wait_for(lambda: bad.acks, what="the first ack")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(1_500):
            bad.send(b"[" * 60_000 if number % 2 else b'{"a":' + b"\xff" * 60_000)
        good.send(message(names[1], [vitals(1, names[1])]))
        wait_for(lambda: good.kept() == {1}, seconds=60, what="the good publisher's ack")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    grown_megabytes = (after - before) / 1024
    assert grown_megabytes < 250, "the test's own publisher holds 90 MB of it"


def test_a_stranger_is_not_kept_and_not_told_to_forget(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join("d-nobody") as stranger, join(names[0]) as device:
        for seq in range(1, 4):
            stranger.send(message("d-nobody", [vitals(seq, "d-nobody")]))
        device.send(message(names[0], [vitals(1, names[0])]))
        wait_for(lambda: device.kept() == {1}, what="the known device's ack")

    assert stranger.acks == []
    assert reports_kept(engine) == 1
    with engine.connect() as connection:
        told = connection.execute(sa.select(refusals.c.publisher, refusals.c.reason)).all()
    assert list(map(tuple, told)) == [("d-nobody", "unknown_publisher")]


def test_a_device_enrolled_a_moment_ago_is_kept_at_once(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port):
        [newcomer] = enroll(engine, 1, first=77)
        broker.admit(dict.fromkeys([*names, newcomer], "secret"))
        with join(newcomer) as device:
            device.send(message(newcomer, [vitals(1, newcomer)]))

            wait_for(lambda: device.kept() == {1}, seconds=5, what="the newcomer's ack")


def test_a_revoked_publisher_is_refused_within_seconds(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(message(names[0], [vitals(1, names[0])]))
        wait_for(lambda: device.kept() == {1}, what="the ack before")
        with engine.begin() as connection:
            connection.execute(publishers.update().where(publishers.c.name == names[0]).values(revoked_us=1))

        def is_refused() -> bool:
            device.send(message(names[0], [vitals(2, names[0])], epoch="ffffffffffffffff"))
            with engine.connect() as connection:
                found = connection.execute(sa.select(refusals.c.reason)).scalars().all()
            return "unknown_publisher" in found

        wait_for(is_refused, seconds=10, what="the refusal")
        kept = reports_kept(engine)
        for seq in range(3, 10):
            device.send(message(names[0], [vitals(seq, names[0])]))
        with join(names[1]) as other:
            other.send(message(names[1], [vitals(1, names[1])]))
            wait_for(lambda: other.kept() == {1}, what="the other device's ack")
        assert reports_kept(engine) == kept + 1


def test_a_collector_restarted_midway_counts_every_report_once(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with join(names[0]) as device:
        with listening(engine, broker.host, broker.port):
            device.send(message(names[0], [vitals(seq, names[0]) for seq in range(1, 11)]))
            wait_for(lambda: device.kept() == set(range(1, 11)), what="the first ack")
        device.acks.clear()
        with listening(engine, broker.host, broker.port):
            device.send(message(names[0], [vitals(seq, names[0]) for seq in range(5, 16)]))
            wait_for(lambda: device.kept() == set(range(5, 16)), what="the second ack")

    assert reports_kept(engine) == 15


def test_a_broker_that_dies_is_found_again(engine: Engine, broker: Mosquitto, names: list[str], join: Joining) -> None:
    with listening(engine, broker.host, broker.port) as listener:
        broker.kill()
        wait_for(lambda: not listener.is_connected, what="the loss of the broker")
        broker.start()
        wait_for(lambda: listener.is_connected, seconds=20, what="the broker found again")
        with join(names[0]) as device:
            device.send(message(names[0], [vitals(1, names[0])]))

            wait_for(lambda: device.kept() == {1}, what="the ack")


def test_nothing_is_acknowledged_while_the_store_cannot_write(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        with engine.connect() as greedy:
            greedy.exec_driver_sql("BEGIN IMMEDIATE")
            device.send(message(names[0], [vitals(1, names[0])]))
            with pytest.raises(AssertionError):
                wait_for(lambda: device.acks, seconds=2)
            greedy.rollback()

        wait_for(lambda: device.kept() == {1}, seconds=20, what="the ack once the lock is free")
        assert reports_kept(engine) == 1


def test_what_a_publisher_says_of_itself_is_kept_and_a_late_will_is_not(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    def state() -> tuple[str | None, int]:
        with engine.connect() as connection:
            query = sa.select(publishers.c.state, publishers.c.session).where(publishers.c.name == names[0])
            return tuple(connection.execute(query).one())

    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(b'{"state":"ready","session":7}', leaf="state", is_retained=True)
        wait_for(lambda: state() == ("ready", 7), what="the state")
        device.send(b'{"state":"lost","session":6}', leaf="state")
        device.send(b"garbage", leaf="state")
        device.send(message(names[0], [vitals(1, names[0])]))
        wait_for(lambda: device.kept() == {1}, what="the ack after it")

        assert state() == ("ready", 7)
        device.send(b'{"state":"lost","session":7}', leaf="state")
        wait_for(lambda: state() == ("lost", 7), what="the will of this session")


def test_every_publisher_is_told_its_school_hours_and_told_again_when_they_change(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        wait_for(lambda: device.settings, what="the settings")
        with engine.begin() as connection:
            connection.execute(sites.update().values(closes_minute=900))

        wait_for(lambda: len(device.settings) > 1, seconds=10, what="the new settings")
        told = [decode_settings(one).school_hours for one in device.settings]
        assert [one.closes_minute for one in told if one is not None] == [1020, 900]


def test_a_device_is_heard_to_the_minute_in_school_hours_only(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    with engine.begin() as connection:
        connection.execute(sites.update().values(days="", zone="UTC"))

    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(message(names[0], [vitals(1, names[0])]))
        wait_for(lambda: device.kept() == {1}, what="the ack")

    with engine.connect() as connection:
        heard = connection.execute(sa.select(device_states.c.last_heard_us)).scalar_one()
        told = connection.execute(
            sa.select(publishers.c.last_heard_us).where(publishers.c.publisher == 1)
        ).scalar_one()
    assert heard % 86_400_000_000 == 0
    assert told % 86_400_000_000 == 0


def test_a_message_on_another_publishers_bucket_is_set_aside(
    engine: Engine, broker: Mosquitto, names: list[str], join: Joining
) -> None:
    right = topic(names[0], "reports")
    bucket = right.split("/")[2]
    wrong = right.replace(f"/{bucket}/", f"/{(int(bucket) + 1) % 64:02d}/")

    with listening(engine, broker.host, broker.port), join(names[0]) as device:
        device.send(message(names[0], [vitals(1, names[0])]), to=wrong)
        wait_for(lambda: device.acks, what="the ack")

    assert [reason for ack in device.acks for _, reason in ack.unreadable] == ["wrong_bucket"]
    assert reports_kept(engine) == 0


def test_paho_still_lets_a_lane_stand_in_its_sockets_place(broker: Mosquitto) -> None:
    client = _BulkClient(CallbackAPIVersion.VERSION2)
    used: Any = None

    client.connect(broker.host, broker.port)
    used = client.socket()

    assert isinstance(used, Lane)
    assert used is client.lane
    assert used.waiting_bytes > 0, "paho's CONNECT goes through the lane"
    used.close()
