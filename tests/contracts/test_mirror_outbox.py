"""What waits for the mirror is handed out in order and forgotten alone; a rebuild writes the very lines that waited."""

import marshal
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.mirror.answers import Answer, NotNow, Taken
from rollcall_collector.mirror.rebuild import Progress, rebuild
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping.parcel import PARCEL_LINES
from rollcall_collector.store.mirror_outbox import (
    count_waiting,
    drop_oldest,
    put_lines,
    remove_parcels,
    take_parcels,
)
from rollcall_collector.store.tables import device_days, mirror_outbox
from tests.support.listening import NOW, boot, device_id, enroll, failure, vitals
from tests.support.mirroring.mirrored import Mirrored, outbox_lines

ME, OTHER = device_id(1), device_id(2)


@pytest.fixture
def mirrored(engine: Engine) -> Iterator[Mirrored]:
    enroll(engine, 2)
    one = Mirrored(engine, "http://127.0.0.1:1")
    yield one
    one.close()


def test_parcels_are_handed_out_oldest_first_and_only_those_that_arrived_are_forgotten(engine: Engine) -> None:
    with engine.begin() as connection:
        for minute in range(4):
            put_lines(
                connection, [f"cart,kind={minute} ready=1i {n}" for n in range(3)], NOW + timedelta(minutes=minute)
            )

    with engine.begin() as connection:
        first = take_parcels(connection, lines_max=7)
        put_lines(connection, ["cart,kind=4 ready=1i 1"], NOW + timedelta(minutes=4))
        remove_parcels(connection, first)
        rest = take_parcels(connection, lines_max=100)
        waiting = count_waiting(connection)

    assert [len(one.lines) for one in first] == [3, 3]
    assert [one.lines[0][:11] for one in rest] == ["cart,kind=2", "cart,kind=3", "cart,kind=4"]
    assert (waiting.lines, waiting.oldest_at) == (7, NOW + timedelta(minutes=2))


def test_a_parcel_of_more_lines_than_asked_for_is_handed_out_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        put_lines(connection, ["a x=1i 1"] * 9, NOW)
        put_lines(connection, ["b x=1i 1"], NOW)

        assert [len(one.lines) for one in take_parcels(connection, lines_max=5)] == [9]


def test_the_oldest_make_room_and_what_they_were_is_told(engine: Engine) -> None:
    with engine.begin() as connection:
        for minute in range(10):
            put_lines(connection, ["x" * 100], NOW + timedelta(minutes=minute))

        kept_all = drop_oldest(connection, size_max=2_000)
        dropped = drop_oldest(connection, size_max=560)
        waiting = count_waiting(connection)

    assert kept_all is None
    assert dropped is not None
    assert (dropped.lines, dropped.first_at, dropped.last_at) == (6, NOW, NOW + timedelta(minutes=5))
    assert waiting.lines == 4


def _put(engine: Engine, told: Any) -> None:
    body = marshal.dumps(told, 2)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(mirror_outbox).values(kept_us=to_us(NOW), lines=1, size=len(body), body=body),
        )


def test_what_waited_when_the_collector_was_upgraded_is_told_as_it_was_kept(engine: Engine) -> None:
    # Full battery on mains, warm, awake for a minute, with free memory: of 18 readings each has its place for good.
    told = [80.0, False, True, None, 45.0, 7, 9, 1.5, 0, None, 2, 3, 61.5, 60.0, 4096, 0.5, 9.5, True]
    whose = "vitals", "d-1", "Oak School", "linux"
    at = 1_700_000_000_000_000
    shorter = told[:15]

    _put(engine, [(*whose, at, 5, False, tuple(told))])  # a tuple a reading, before readings stood in one list
    _put(engine, (21, [(*whose, [at, 5, False, *told, at, 6, False, *told])]))
    _put(
        engine, (18, [(*whose, [at, 5, False, *shorter, at, 6, False, *shorter])])
    )  # before three readings were added
    _put(engine, (21, [(*whose, 1, marshal.dumps([at, 5, False, *told], 2))]))  # before what lasts stood apart

    line = (
        "vitals,device=d-1,kind=linux,site=Oak\\ School battery_level_percent=80.0,is_charging=0i,is_plugged_in=1i,"
        "battery_design_wh=45.0,battery_cycles=7i,storage_free_bytes=9i,storage_wear_percent=1.5,media_errors=0i,"
        "pending_sectors=2i,unsafe_stops=3i,temperature_max_celsius=61.5,awake_seconds=60.0,memory_free_bytes=4096i"
    )
    more = ",network_round_trip_seconds=0.5,network_megabits_per_second=9.5,is_restart_due=1i"
    fifth, sixth = " 1700000000005000000", " 1700000000006000000"
    assert outbox_lines(engine) == [
        line + more + fifth,
        line + more + fifth,
        line + more + sixth,
        line + fifth,
        line + sixth,
        line + more + fifth,
    ]


def test_a_row_that_waited_while_readings_were_added_has_what_was_known_then(engine: Engine) -> None:
    at = 1_700_000_000_000_000
    readings = [(at, 5, False, (80.0, 9), (None, 45.0)), (at, 6, False, (79.0, 8), None)]

    _put(engine, [("readings", "d-1", "Oak School", "linux", 2, marshal.dumps(readings, 2))])

    tags = "vitals,device=d-1,kind=linux,site=Oak\\ School"
    assert outbox_lines(engine) == [
        f"{tags} battery_level_percent=80.0,battery_design_wh=45.0,storage_free_bytes=9i 1700000000005000000",
        f"{tags} battery_level_percent=79.0,battery_design_wh=45.0,storage_free_bytes=8i 1700000000006000000",
    ]


def test_readings_that_last_are_told_with_each_report_and_on_each_day(engine: Engine, mirrored: Mirrored) -> None:
    tomorrow = NOW + timedelta(days=1)
    told = [(NOW, {"battery_cycles": 3}), (tomorrow, {"battery_cycles": 3}), (tomorrow, {})]
    told += [(tomorrow, {"battery_cycles": 2})] * 2

    mirrored.receive(
        mirrored.arrived(OTHER, vitals(1, OTHER, battery_cycles=3)),
        mirrored.arrived(ME, *(vitals(seq, ME, at=at, **one) for seq, (at, one) in enumerate(told, 1))),
    )

    cycles = [line.partition("battery_cycles=")[2].partition(",")[0] for line in outbox_lines(engine) if ME in line]
    with engine.connect() as connection:
        days = connection.execute(sa.select(device_days.c.battery_cycles).order_by(device_days.c.on)).scalars().all()
    assert cycles == ["3i", "3i", "", "2i", "2i"]
    assert days == [3, 3, 3]  # of two devices on one day, of one on the next


def test_a_flood_of_one_devices_readings_waits_in_rows_of_their_measure_and_in_order(
    engine: Engine, mirrored: Mirrored
) -> None:
    count = PARCEL_LINES + 500
    arrived = [
        mirrored.arrived(ME, *(vitals(seq, ME) for seq in range(first, first + 100)))
        for first in range(1, count + 1, 100)
    ]
    arrived.insert(1, mirrored.arrived(OTHER, vitals(1, OTHER), boot(2, OTHER)))

    mirrored.receive(*arrived)

    with engine.connect() as connection:
        sizes = connection.execute(sa.select(mirror_outbox.c.lines).order_by(mirror_outbox.c.parcel)).scalars().all()
    own = [line for line in outbox_lines(engine) if ME in line]
    assert sizes == [1_902, 600]  # as many whole messages as the measure has room for
    assert max(sizes) <= PARCEL_LINES
    assert [int(line.rpartition(" ")[2]) // 1_000_000 % 1_000 for line in own] == [
        seq % 1_000 for seq in range(1, count + 1)
    ]


def test_a_rebuild_writes_the_very_lines_that_waited_however_often_influxdb_is_away(
    engine: Engine, mirrored: Mirrored
) -> None:
    by_day = [boot(seq, OTHER, previous_stop="unclean") | {"precision": "day"} for seq in range(1, 4)]
    by_day += [failure(seq, OTHER) | {"precision": "day"} for seq in range(4, 7)]
    for one in by_day:
        instant = "booted_at" if one["body"]["kind"] == "boot" else "occurred_at"
        one["body"][instant] = one["recorded_at"] = NOW.replace(hour=0).isoformat()
    mirrored.tell(ME, boot(1, ME, start_kind="full", to_login_seconds=20.0), failure(2, ME, count=4), vitals(3, ME))
    mirrored.tell(OTHER, *by_day)
    written: list[str] = []
    said: list[Progress] = []
    tries = 0

    def write(lines: Sequence[str]) -> Answer:
        nonlocal tries
        tries += 1
        if tries % 2:
            return NotNow(trouble="InfluxDB is not available (503)", wait_seconds=0.0)
        written.extend(lines)
        return Taken()

    found = rebuild(engine, write, NOW, stop=threading.Event(), say=said.append)

    facts = ("boot,", "failure,")
    assert sorted(line for line in written if line.startswith(facts)) == sorted(
        line for line in outbox_lines(engine) if line.startswith(facts)
    )
    assert len(set(written)) == found.taken == len(written) == 8 + 2  # with the two devices as they stand
    assert (said[-1].done, said[-1].all_of_it, said[-1].trouble) == (10, 10, "")
    assert {one.trouble for one in said} == {"", "InfluxDB is not available (503)"}
