"""What waits for the mirror is handed out in order and forgotten alone; a rebuild writes the very lines that waited."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from rollcall_collector.mirror.answers import Answer, NotNow, Taken
from rollcall_collector.mirror.rebuild import Progress, rebuild
from rollcall_collector.store.mirror_outbox import (
    count_waiting,
    drop_oldest,
    put_lines,
    remove_parcels,
    take_parcels,
)
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
