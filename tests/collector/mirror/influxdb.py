"""What is kept stands in a real InfluxDB 2.7, number by number, whoever was killed meanwhile.

Not called test_: `make test-influxdb` builds the server and runs it.
"""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event

import pytest
from sqlalchemy import Engine

from rollcall_collector.mirror.answers import NotNow, Refused, Taken
from rollcall_collector.mirror.influx import Influx
from rollcall_collector.mirror.rebuild import rebuild
from rollcall_collector.mirror.settings import MirrorSettings
from rollcall_collector.store.parts.mirror import read_status
from tests.support.identities import new_store
from tests.support.listening import boot, device_id, enroll, failure, vitals
from tests.support.mirroring.influx import Reply, fake_influx
from tests.support.mirroring.influxd import Influxd, influxd
from tests.support.mirroring.mirrored import DEVICES, Mirrored, run_senders, stored, tell_a_round

KILLS = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Influxd]:
    with influxd(tmp_path / "influxd") as one:
        yield one


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    enroll(opened, DEVICES)
    yield opened
    opened.dispose()


@pytest.fixture
def mirrored(engine: Engine, server: Influxd) -> Iterator[Mirrored]:
    one = Mirrored(engine, server.url, server.token_file)
    yield one
    one.close()


def facts(server: Influxd) -> tuple[int, int]:
    counted = server.count()
    return counted["boot"], counted["failure"]


def test_a_kept_fact_is_a_point_and_what_is_written_again_is_the_same_point(
    server: Influxd, mirrored: Mirrored
) -> None:
    me = device_id(1)
    told = (
        boot(1, me, to_login_seconds=12.5, start_kind="full", previous_stop="unclean"),
        failure(2, me, count=3),
        vitals(3, me, is_charging=True),
    )
    mirrored.tell(me, *told)

    mirrored.drain()
    first = server.rows()
    mirrored.tell(me, *told, epoch="ffffffffffffffff")  # as if another outbox held them too
    mirrored.drain()

    found = {
        f"{row['_measurement']}_{row['_field']}": (row["kind"], float(row["_value"].replace("true", "1")))
        for row in server.rows()
        if row.get("device") == me
    }
    assert found == {
        "boot_count": ("full", 1.0),
        "boot_unclean": ("full", 1.0),
        "boot_to_login_seconds": ("full", 12.5),
        "failure_count": ("crash/service_failed", 3.0),
        "vitals_battery_level_percent": ("linux", 80.0),
        "vitals_is_charging": ("linux", 1.0),
        "vitals_storage_free_bytes": ("linux", 1e10),
        "inventory_devices": ("linux", 1.0),
    }
    assert [row for row in server.rows() if row["_measurement"] in {"boot", "failure", "vitals"}] == [
        row for row in first if row["_measurement"] in {"boot", "failure", "vitals"}
    ]


def test_what_it_refuses_is_read_as_it_is_meant(server: Influxd, mirrored: Mirrored, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("another-token")
    at = 1_700_000_000_000_000_000
    write = mirrored.influx.write

    taken = write([f"vitals,device=a battery_cycles=3i {at}"])
    torn = write([f"vitals,device=a battery_cycles=0.5 {at + 1}", f"vitals,device=b battery_cycles=4i {at}"])
    unreadable = write(["no line at all", f"vitals,device=c battery_cycles=5i {at}"])
    stranger = Influx(MirrorSettings(url=server.url, token_file=wrong), mirrored.clock).write(["a b=1i 1"])
    nowhere = Influx(
        MirrorSettings(url=server.url, token_file=server.token_file, bucket="none"), mirrored.clock
    ).write(["a b=1i 1"])

    kept = {row["device"]: row["_value"] for row in server.rows() if row["_measurement"] == "vitals"}
    assert taken == Taken()
    assert isinstance(torn, Taken)
    assert torn.refused == 1
    assert "conflict" in torn.said
    assert isinstance(unreadable, Refused)
    assert kept == {"a": "3", "b": "4"}
    assert isinstance(stranger, NotNow)
    assert "401" in stranger.trouble
    assert isinstance(nowhere, NotNow)
    assert "404" in nowhere.trouble


def test_it_was_away_and_gets_everything_in_the_end(engine: Engine, server: Influxd, mirrored: Mirrored) -> None:
    server.kill()
    for turn in range(10):
        tell_a_round(mirrored, turn)
        mirrored.sender.turn()
        mirrored.clock.move(600)
    with engine.connect() as connection:
        away = read_status(connection, mirrored.clock())

    server.start()
    mirrored.drain()

    assert "does not answer" in away.state.trouble
    assert facts(server) == stored(engine)
    assert server.count()["vitals"] == 10 * DEVICES


def test_a_sender_killed_while_it_writes_brings_everything_once(
    engine: Engine, server: Influxd, mirrored: Mirrored, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed within a request: half the times before InfluxDB has the lines, half the times after."""
    running: list[subprocess.Popen[bytes]] = []
    kills = 0

    def pass_on(lines: list[str]) -> Reply:
        nonlocal kills
        if kills >= KILLS:
            return Reply() if isinstance(mirrored.influx.write(lines), Taken) else Reply(status=503)
        kills += 1
        if kills % 2:
            assert mirrored.influx.write(lines) == Taken()
        running[-1].kill()
        return Reply(status=503)

    with fake_influx(pass_on) as between:
        run_senders(mirrored, between.url, running, kills=KILLS)

    with capsys.disabled():
        print(f"\n{kills} kills of the sender: InfluxDB holds {dict(server.count())}, the store {stored(engine)}")
    assert kills == KILLS
    assert facts(server) == stored(engine)
    assert server.count()["vitals"] == DEVICES * (KILLS + 1)


def test_a_server_killed_again_and_again_has_everything_once_drained_and_after_a_rebuild(
    engine: Engine, server: Influxd, mirrored: Mirrored, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(14)
    for turn in range(KILLS):
        tell_a_round(mirrored, turn)
        if random.random() < 0.7:
            mirrored.sender.turn()
        server.kill()
        mirrored.sender.turn()
        server.start()
        mirrored.clock.move(60)
    mirrored.drain()
    drained = facts(server)

    rebuild(engine, mirrored.influx.write, mirrored.clock() + timedelta(days=1), stop=Event(), say=lambda _: None)

    with capsys.disabled():
        print(f"\n{KILLS} kills of InfluxDB: {drained} points of {stored(engine)} once drained")
    assert drained == stored(engine)
    assert facts(server) == stored(engine)
    assert server.count()["vitals"] == DEVICES * KILLS
