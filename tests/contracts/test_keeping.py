"""What is kept is kept once, on either database, however often and in whatever order it comes."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.store.instants import from_day, to_day, to_us
from rollcall_collector.store.keeping import Keeper, RefusedReport, is_store_lost, is_wrong_value
from rollcall_collector.store.keeping.keeper import StaleError
from rollcall_collector.store.keeping.parcel import unpack
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.tables import (
    boots,
    device_days,
    device_states,
    devices,
    failures,
    gaps,
    metadata,
    mirror_outbox,
    publishers,
    refusals,
    sites,
    watermarks,
)
from rollcall_wire import SchoolHours
from rollcall_wire.encoding import decode_ack
from rollcall_wire.topics import topic
from tests.support.listening import (
    EPOCH,
    NOW,
    boot,
    device_id,
    enroll,
    enroll_bridge,
    failure,
    message,
    report,
    vitals,
)

ME = device_id(1)
ALL_DAY = SchoolHours(zone="UTC", days=(1, 2, 3, 4, 5, 6, 7), opens_minute=0, closes_minute=1440)


_opened: list[Intake] = []


@pytest.fixture(autouse=True)
def fleet(engine: Engine) -> Iterator[None]:
    enroll(engine, 3)
    yield
    close_all()


def close_all() -> None:
    while _opened:
        _opened.pop().forget()


def intake_of(engine: Engine, **more: Any) -> Intake:
    registry = Registry(engine)
    registry.refresh()
    return intake_with(engine, registry, **more)


def intake_with(engine: Engine, registry: Registry, **more: Any) -> Intake:
    _opened.append(Intake(engine=engine, registry=registry, clock=lambda: NOW, **more))
    return _opened[-1]


def arrived(payload: bytes, name: str = ME, leaf: Any = "reports") -> Arrived:
    return Arrived(topic(name, leaf).encode(), payload, 1)


def receive(intake: Intake, *reports: Any, name: str = ME, epoch: str = EPOCH) -> set[int]:
    """One message through the whole intake; returns what its ack says is kept."""
    acks = intake.receive([arrived(message(name, reports, epoch=epoch), name)])
    return {seq for _, payload in acks for first, last in decode_ack(payload).kept for seq in range(first, last + 1)}


def rows(engine: Engine, query: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def day(engine: Engine) -> dict[str, Any]:
    query = sa.select(device_days).where(device_days.c.device == 1, device_days.c.on == to_day(NOW.date()))
    with engine.connect() as connection:
        return dict(connection.execute(query).mappings().one())


def stored(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every fact and state, without the numbers the database gave them."""
    boot_columns = [one for one in boots.c if one.name != "boot"]
    failure_columns = [one for one in failures.c if one.name not in {"failure", "epoch_key"}]
    state_columns = [one for one in device_states.c if not one.name.endswith("_epoch_key")]
    mark_columns = [one for one in watermarks.c if one.name != "epoch_key"]
    return {
        "boots": sorted(rows(engine, sa.select(*boot_columns))),
        "failures": sorted(rows(engine, sa.select(*failure_columns)), key=str),
        "days": sorted(rows(engine, sa.select(device_days))),
        "states": sorted(rows(engine, sa.select(*state_columns))),
        "watermarks": sorted(rows(engine, sa.select(*mark_columns))),
        "models": sorted(rows(engine, sa.select(devices.c.device, devices.c.model, devices.c.os_version))),
        "gaps": sorted(rows(engine, sa.select(gaps.c.device, gaps.c.first_seq, gaps.c.last_seq, gaps.c.count))),
    }


def empty(engine: Engine) -> None:
    close_all()
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def test_a_day_adds_up(engine: Engine) -> None:
    intake = intake_of(engine)

    receive(
        intake,
        vitals(1, ME, battery_level_percent=60.0, awake_seconds=100.0, battery_cycles=7, media_errors=None),
        vitals(2, ME, battery_level_percent=20.0, awake_seconds=50.5, storage_free_bytes=5, media_errors=3),
        vitals(3, ME, battery_level_percent=90.0, temperature_max_celsius=71.0),
        boot(4, ME, to_login_seconds=31.5, previous_stop="unclean"),
        boot(5, ME, to_login_seconds=22.0),
        failure(6, ME, count=4),
        failure(7, ME),
    )

    found = day(engine)
    assert found == {
        "device": 1,
        "on": to_day(NOW.date()),
        "reports": 7,
        "boots": 2,
        "unclean_stops": 1,
        "failures": 5,
        "to_login_seconds_max": 31.5,
        "awake_seconds": 150.5,
        "battery_level_percent_min": 20.0,
        "battery_full_wh": None,
        "battery_design_wh": None,
        "battery_cycles": 7,
        "storage_free_bytes": 5,
        "storage_wear_percent": None,
        "media_errors": 3,
        "reallocated_sectors": None,
        "pending_sectors": None,
        "unsafe_stops": None,
        "temperature_max_celsius": 71.0,
    }


def test_a_day_adds_up_over_batches_as_within_one(engine: Engine) -> None:
    intake = intake_of(engine)
    told = [
        vitals(1, ME, battery_level_percent=60.0, awake_seconds=None, media_errors=3),
        vitals(2, ME, battery_level_percent=None, awake_seconds=50.0, media_errors=None),
        vitals(3, ME, battery_level_percent=40.0, awake_seconds=25.0, media_errors=2, storage_free_bytes=None),
    ]

    for one in told:
        receive(intake, one)

    found = day(engine)
    assert found["reports"] == 3
    assert found["battery_level_percent_min"] == 40.0
    assert found["awake_seconds"] == 75.0
    assert found["media_errors"] == 3
    assert found["storage_free_bytes"] == 10**10


def test_a_boot_and_a_failure_are_kept_as_they_were_told(engine: Engine) -> None:
    receive(
        intake_of(engine),
        boot(
            1, ME, boot_id="b-1", firmware_seconds=4.5, stop_cause="crash", stop_code="0x9f", previous_stop="unclean"
        ),
        failure(2, ME, boot_id="b-1", evidence={"value": 3.5, "delta": 1.0}, count=2),
    )

    told = rows(
        engine,
        sa.select(
            boots.c.boot_id,
            boots.c.booted_us,
            boots.c.firmware_seconds,
            boots.c.kernel_seconds,
            boots.c.stop_cause,
            boots.c.stop_code,
            boots.c.is_day_only,
        ),
    )
    assert told == [("b-1", to_us(NOW), 4.5, None, "crash", "0x9f", False)]
    kept = rows(engine, sa.select(failures.c.code, failures.c.count, failures.c.boot_id, failures.c.evidence))
    assert kept == [("service_failed", 2, "b-1", '{"value": 3.5, "delta": 1.0}')]


def test_a_repeat_is_acknowledged_and_not_counted(engine: Engine) -> None:
    intake = intake_of(engine)

    for _ in range(3):
        assert receive(intake, vitals(1, ME), failure(2, ME), boot(3, ME)) == {1, 2, 3}

    assert day(engine)["reports"] == 3
    assert rows(engine, sa.select(sa.func.count()).select_from(failures)) == [(1,)]
    assert rows(engine, sa.select(watermarks.c.upto, watermarks.c.ranges)) == [(3, "[]")]


def test_a_repeat_is_known_after_a_restart(engine: Engine) -> None:
    receive(intake_of(engine), vitals(1, ME), vitals(3, ME), vitals(4, ME))

    assert receive(intake_of(engine), *(vitals(seq, ME) for seq in range(1, 6))) == {1, 2, 3, 4, 5}

    assert day(engine)["reports"] == 5
    assert rows(engine, sa.select(watermarks.c.upto, watermarks.c.ranges)) == [(5, "[]")]


def test_holes_are_remembered_as_ranges_until_they_fill(engine: Engine) -> None:
    intake = intake_of(engine)

    receive(intake, vitals(10, ME), vitals(11, ME), vitals(20, ME))
    sparse = rows(engine, sa.select(watermarks.c.upto, watermarks.c.ranges))
    receive(intake, *(vitals(seq, ME) for seq in range(1, 10)))
    filled = rows(engine, sa.select(watermarks.c.upto, watermarks.c.ranges))

    assert sparse == [(0, "[[10,11],[20,20]]")]
    assert filled == [(11, "[[20,20]]")]


def test_a_new_outbox_counts_from_one_again(engine: Engine) -> None:
    intake = intake_of(engine)

    receive(intake, vitals(1, ME), epoch="aaaaaaaaaaaaaaaa")
    receive(intake, vitals(1, ME), epoch="bbbbbbbbbbbbbbbb")

    assert day(engine)["reports"] == 2


def test_a_start_told_by_two_outboxes_is_counted_once(engine: Engine) -> None:
    intake = intake_of(engine)
    told = boot(1, ME, boot_id="same"), boot(2, ME, boot_id="other", previous_stop="unclean")

    receive(intake, told[0], epoch="aaaaaaaaaaaaaaaa")
    receive(intake, *told, epoch="bbbbbbbbbbbbbbbb")
    receive(intake, boot(3, ME, boot_id="same"), boot(4, ME, boot_id="same"), epoch="bbbbbbbbbbbbbbbb")

    assert rows(engine, sa.select(boots.c.boot_id).order_by(boots.c.boot_id)) == [("other",), ("same",)]
    assert day(engine)["boots"] == 2
    assert day(engine)["unclean_stops"] == 1


def test_a_late_report_never_turns_the_state_back(engine: Engine) -> None:
    intake = intake_of(engine)
    inventories = [
        report(seq, ME, {"kind": "inventory", "platform": "linux", "os_version": str(seq)}) for seq in (3, 4)
    ]

    receive(intake, vitals(2, ME, battery_level_percent=22.0), inventories[1])
    receive(intake, vitals(1, ME, battery_level_percent=11.0), inventories[0])

    [(told, inventory)] = rows(engine, sa.select(device_states.c.vitals, device_states.c.inventory))
    assert '"battery_level_percent":22.0' in told
    assert '"os_version":"4"' in inventory
    assert rows(engine, sa.select(devices.c.os_version).where(devices.c.device == 1)) == [("4",)]


def test_a_new_outboxs_word_is_newer_than_the_old_ones(engine: Engine) -> None:
    intake = intake_of(engine)

    receive(intake, vitals(900, ME, battery_level_percent=90.0), epoch="aaaaaaaaaaaaaaaa")
    receive(intake, vitals(1, ME, battery_level_percent=10.0), epoch="bbbbbbbbbbbbbbbb")
    receive(intake, vitals(901, ME, battery_level_percent=91.0), epoch="aaaaaaaaaaaaaaaa")

    [(told,)] = rows(engine, sa.select(device_states.c.vitals))
    assert '"battery_level_percent":10.0' in told


def test_of_two_publishers_of_one_device_the_later_word_counts(engine: Engine) -> None:
    enroll_bridge(engine, "b-fleet", "linux")
    intake = intake_of(engine)

    receive(intake, vitals(50, ME, battery_level_percent=50.0))
    receive(intake, vitals(7, ME, battery_level_percent=7.0), name="b-fleet")
    by_bridge = rows(engine, sa.select(device_states.c.vitals))
    receive(intake, vitals(51, ME, battery_level_percent=51.0))
    by_agent = rows(engine, sa.select(device_states.c.vitals))

    assert '"battery_level_percent":7.0' in by_bridge[0][0]
    assert '"battery_level_percent":51.0' in by_agent[0][0]


def test_an_inventory_describes_the_device_and_leaves_the_purchase_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            devices.update()
            .where(devices.c.device == 1)
            .values(asset_tag="T-1", purchased_on=19_000, price=399.0, serial_number="S1")
        )
    body = {
        "kind": "inventory",
        "platform": "windows",
        "model": "X13",
        "memory_bytes": 2**33,
        "asset_tag": "wrong",
        "serial_number": "S2",
    }

    receive(intake_of(engine), report(1, ME, body))

    columns = devices.c
    told = rows(
        engine,
        sa.select(
            columns.platform,
            columns.model,
            columns.memory_bytes,
            columns.asset_tag,
            columns.purchased_on,
            columns.price,
            columns.serial_number,
        ).where(columns.device == 1),
    )
    assert told == [("windows", "X13", 2**33, "T-1", 19_000, 399.0, "S1")]


def test_a_day_ends_at_the_schools_midnight(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sites.update().values(zone="America/Los_Angeles"))
    evening = NOW.replace(hour=2)

    receive(intake_of(engine), vitals(1, ME, at=evening))

    assert [from_day(on) for (on,) in rows(engine, sa.select(device_days.c.on))] == [date(2026, 11, 22)]


def test_an_instant_rounded_to_a_day_stays_on_that_day(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sites.update().values(zone="America/Los_Angeles"))
    midnight_here = NOW.replace(hour=8)
    midnight_in_utc = NOW.replace(hour=0)

    for seq, at in ((1, midnight_here), (2, midnight_in_utc)):
        receive(intake_of(engine), {**boot(seq, ME, at=at), "precision": "day"})

    assert rows(engine, sa.select(boots.c.booted_on, boots.c.is_day_only)) == [(to_day(date(2026, 11, 23)), True)] * 2
    assert [from_day(on) for (on,) in rows(engine, sa.select(device_days.c.on))] == [date(2026, 11, 23)]


def test_a_gap_is_kept_and_closes_its_hole(engine: Engine) -> None:
    gap = {"kind": "gap", "first_seq": 1, "last_seq": 40, "count": 40, "reason": "too_old"}

    receive(intake_of(engine), report(41, ME, gap), vitals(42, ME))

    assert rows(engine, sa.select(gaps.c.first_seq, gaps.c.last_seq, gaps.c.count, gaps.c.reason)) == [
        (1, 40, 40, "too_old")
    ]
    assert rows(engine, sa.select(watermarks.c.upto, watermarks.c.ranges)) == [(42, "[]")]


def test_a_gap_with_survivors_leaves_the_hole_open_for_them(engine: Engine) -> None:
    intake = intake_of(engine)
    gap = {"kind": "gap", "first_seq": 1, "last_seq": 40, "count": 39, "reason": "too_large"}

    receive(intake, report(41, ME, gap))
    receive(intake, failure(17, ME))

    assert day(engine)["failures"] == 1


def test_a_refused_report_is_set_aside_once(engine: Engine) -> None:
    intake = intake_of(engine)
    wrong = vitals(2, ME, battery_level_percent="80")

    for _ in range(3):
        assert receive(intake, vitals(1, ME), wrong, vitals(3, ME)) == {1, 3}

    kept = rows(engine, sa.select(refusals.c.publisher, refusals.c.epoch, refusals.c.seq, refusals.c.reason))
    assert kept == [(ME, EPOCH, 2, "wrong_shape")]
    assert rows(engine, sa.select(watermarks.c.upto)) == [(3,)]


def test_an_impossible_number_is_noted_once_and_its_report_is_kept(engine: Engine) -> None:
    intake = intake_of(engine)
    wrong = vitals(2, ME, battery_cycles=-1, temperature_max_celsius=4e9)

    for _ in range(3):
        assert receive(intake, vitals(1, ME), wrong) == {1, 2}
    assert receive(intake, vitals(3, ME, battery_cycles=-1)) == {3}

    noted = rows(engine, sa.select(refusals.c.publisher, refusals.c.seq, refusals.c.reason, refusals.c.detail))
    assert [(one[0], one[1], one[2], one[3].partition(":")[0]) for one in noted] == [
        (ME, 2, "out_of_range", "battery_cycles"),
        (ME, 2, "out_of_range", "temperature_max_celsius"),
    ]
    kept = day(engine)
    assert (kept["reports"], kept["battery_cycles"], kept["temperature_max_celsius"]) == (3, None, None)
    assert kept["storage_free_bytes"] == 10**10


def test_what_is_set_aside_can_be_stored_whatever_it_holds(engine: Engine) -> None:
    intake = intake_of(engine)
    hostile = [
        message(ME, [report(1, ME, {"kind": "a\0b"})]),
        message(ME, [{**vitals(2, ME), "device_id": "d-\ud800\0"}]),
        message("x\0\ud800", [vitals(3, ME)]),
        b"\0" * 5_000,
        "ü\u202e".encode() * 3_000,
    ]

    intake.receive([arrived(one) for one in hostile])

    assert len(rows(engine, sa.select(refusals.c.refusal))) == len(hostile)
    assert max(len(bytes(payload)) for (payload,) in rows(engine, sa.select(refusals.c.payload))) == 2_048


def test_a_revoked_publisher_is_refused_and_not_answered(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(publishers.update().where(publishers.c.name == ME).values(revoked_us=1))
        connection.execute(devices.update().where(devices.c.device == 2).values(retired_on=20_000))
    intake = intake_of(engine)

    acks = intake.receive(
        [arrived(message(name, [vitals(1, name)]), name) for name in (ME, device_id(2), "d-nobody", ME)]
    )

    assert acks == []
    kept = rows(engine, sa.select(refusals.c.publisher, refusals.c.reason).order_by(refusals.c.refusal))
    assert kept == [(name, "unknown_publisher") for name in (ME, device_id(2), "d-nobody")]
    assert rows(engine, sa.select(device_days)) == []


def test_a_publisher_let_back_in_is_kept_again(engine: Engine) -> None:
    registry = Registry(engine)
    intake = intake_with(engine, registry)
    with engine.begin() as connection:
        connection.execute(publishers.update().where(publishers.c.name == ME).values(revoked_us=1))
    registry.refresh()
    assert receive(intake, vitals(1, ME)) == set()

    with engine.begin() as connection:
        connection.execute(publishers.update().where(publishers.c.name == ME).values(revoked_us=None))
    registry.refresh()

    assert receive(intake, vitals(1, ME)) == {1}


def test_a_database_that_fails_keeps_nothing_and_forgets_what_it_thought(engine: Engine) -> None:
    intake = intake_of(engine)
    receive(intake, vitals(1, ME))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE device_days RENAME TO elsewhere")

    with pytest.raises(Exception, match="device_days") as failed:
        receive(intake, vitals(2, ME), failure(3, ME))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO device_days")

    assert isinstance(failed.value, Exception)
    assert is_store_lost(failed.value)
    assert rows(engine, sa.select(watermarks.c.upto)) == [(1,)]
    assert rows(engine, sa.select(failures)) == []
    assert receive(intake, vitals(2, ME), failure(3, ME)) == {2, 3}
    assert day(engine)["reports"] == 3


def test_one_value_the_database_will_not_take_does_not_cost_its_neighbours(engine: Engine) -> None:
    registry = Registry(engine)
    registry.refresh()
    intake = intake_with(engine, registry)
    with engine.begin() as connection:  # a publisher deleted behind the registry's back: its watermark points nowhere
        connection.execute(publishers.delete().where(publishers.c.name == device_id(2)))
    names = [ME, device_id(2), device_id(3)]

    acks = intake.receive([arrived(message(name, [vitals(1, name)]), name) for name in names])

    answered = {where.decode().split("/")[3] for where, _ in acks if b"[1,1]" in _}
    assert answered == {ME, device_id(3)}
    assert rows(engine, sa.select(device_days.c.device).order_by(device_days.c.device)) == [(1,), (3,)]
    assert rows(engine, sa.select(refusals.c.publisher, refusals.c.reason)) == [(device_id(2), "wrong_shape")]


def test_whatever_text_a_device_says_is_kept_as_it_was_said(engine: Engine) -> None:
    told = ["NULL", "", " ", '"', "\\", "\\n", "{a,b}", 'a\\"b', "it's %s ?", "漢é🎒", "true", "1"]

    kept = receive(intake_of(engine), *(boot(seq, ME, os_version=text) for seq, text in enumerate(told, 1)))

    assert kept == set(range(1, len(told) + 1))
    found = rows(
        engine,
        sa.select(boots.c.os_version, boots.c.stop_code).order_by(sa.func.length(boots.c.boot_id), boots.c.boot_id),
    )
    assert found == [(text, None) for text in told]


def test_two_collectors_never_count_the_same_report_twice(engine: Engine) -> None:
    one, other = intake_of(engine), intake_of(engine)
    receive(one, vitals(1, ME))
    receive(other, vitals(1, ME), vitals(2, ME))

    with pytest.raises(StaleError):
        receive(one, vitals(2, ME), vitals(3, ME))

    assert receive(one, vitals(2, ME), vitals(3, ME)) == {2, 3}
    assert day(engine)["reports"] == 3


def test_a_late_will_of_an_older_session_is_ignored(engine: Engine) -> None:
    intake = intake_of(engine)

    def told(text: str) -> tuple[Any, ...]:
        intake.receive([arrived(text.encode(), leaf="state")])
        return rows(engine, sa.select(publishers.c.state, publishers.c.session).where(publishers.c.name == ME))[0]

    assert told('{"state":"ready","session":5}') == ("ready", 5)
    assert told('{"state":"lost","session":4}') == ("ready", 5)
    assert told('{"state":"lost","session":5}') == ("lost", 5)
    assert told('{"state":"ready","session":1}') == ("ready", 1), "a re-imaged device begins anew"


def test_outside_school_hours_being_heard_is_only_a_day(engine: Engine) -> None:
    receive(intake_of(engine), vitals(1, ME))
    in_hours = rows(engine, sa.select(publishers.c.last_heard_us).where(publishers.c.name == ME))
    with engine.begin() as connection:
        connection.execute(sites.update().values(days=""))
        connection.execute(publishers.update().values(last_heard_us=None))
        connection.execute(device_states.delete())
    receive(intake_of(engine), vitals(2, ME))
    outside = rows(engine, sa.select(publishers.c.last_heard_us).where(publishers.c.name == ME))

    assert in_hours == [(to_us(NOW),)]
    assert outside == [(to_us(NOW.replace(hour=0)),)]
    assert rows(engine, sa.select(device_states.c.last_heard_us)) == outside


def test_the_mirror_gets_each_report_once_where_it_is_on(engine: Engine) -> None:
    intake = intake_of(engine, has_mirror=True)
    for _ in range(2):
        receive(
            intake,
            vitals(1, ME, is_charging=True, battery_cycles=3),
            boot(2, ME, to_login_seconds=12.5),
            failure(3, ME, count=2),
        )

    at = to_us(NOW) * 1000
    tags = "device=" + ME + ",kind={},site=Oak\\ School"
    ((kept_us, count, size, body),) = rows(engine, sa.select(*mirror_outbox.c["kept_us", "lines", "size", "body"]))
    assert list(unpack(bytes(body))) == [
        f"boot,{tags.format('unknown')} count=1i,unclean=0i,to_login_seconds=12.5 {at}",
        f"failure,{tags.format('crash/service_failed')} count=2i {at + 3_000_000}",
        f"vitals,{tags.format('linux')} battery_level_percent=80.0,is_charging=1i,battery_cycles=3i,storage_free_bytes=10000000000i {at + 1_000_000}",
    ]
    assert (kept_us, count, size) == (to_us(NOW), 3, len(body))


def test_no_mirror_no_lines(engine: Engine) -> None:
    receive(intake_of(engine), vitals(1, ME))

    assert rows(engine, sa.select(mirror_outbox)) == []


STREAM = [
    *(
        vitals(
            seq,
            ME,
            at=NOW - timedelta(hours=seq),
            battery_level_percent=float(seq),
            awake_seconds=60.0 * seq,
            media_errors=seq % 4,
        )
        for seq in range(1, 9)
    ),
    *(
        boot(seq, ME, at=NOW - timedelta(days=seq % 3), to_login_seconds=float(seq), previous_stop="unclean")
        for seq in range(9, 13)
    ),
    *(failure(seq, ME, at=NOW - timedelta(days=seq % 2), count=seq) for seq in range(13, 17)),
    *(
        report(seq, ME, {"kind": "inventory", "platform": "linux", "model": f"M{seq}", "os_version": str(seq)})
        for seq in (17, 18)
    ),
    report(19, ME, {"kind": "gap", "first_seq": 25, "last_seq": 26, "count": 2, "reason": "too_old"}),
]


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), lost=st.integers(0, 3))
def test_any_order_and_any_repetition_of_a_stream_gives_the_same_facts(engine: Engine, seed: int, lost: int) -> None:
    random = Random(seed)
    empty(engine)
    enroll(engine, 1)
    receive(intake_of(engine), *STREAM)
    in_order = stored(engine)
    empty(engine)
    enroll(engine, 1)

    shuffled = [*STREAM, *random.choices(STREAM, k=12)]
    random.shuffle(shuffled)
    intake = intake_of(engine)
    for piece in _pieces(shuffled, random):
        receive(intake, *piece)
        if random.randrange(4) < lost:  # a collector that dies here begins anew with what is committed
            intake.forget()
            intake = intake_of(engine)

    assert stored(engine) == in_order


def _pieces(whole: Sequence[Any], random: Random) -> list[Sequence[Any]]:
    cuts = sorted({0, len(whole), *random.sample(range(1, len(whole)), 6)})
    return [whole[first:last] for first, last in pairwise(cuts)]


def test_old_refusals_make_room(engine: Engine) -> None:
    keeper = Keeper(engine)

    for _ in range(3):
        batch = keeper.batch(to_us(NOW))
        for number in range(500):
            batch.refuse("d-flood", RefusedReport(seq=number, reason="not_json", detail="", payload=b"{"))
        keeper.keep(batch)
    keeper.forget()

    assert rows(engine, sa.select(sa.func.count()).select_from(refusals)) == [(1_500,)]
    assert not is_wrong_value(StaleError("again"))
