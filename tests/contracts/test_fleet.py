"""The fleet's history is read whole: every fact once, as columns, on both databases."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, literal, select

from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.tables import device_days, devices
from rollcall_wire.codes import CHANNELS
from tests.support.fleets.kept import days_before, keep_boot, keep_days, keep_device, keep_failure

TODAY = date(2026, 3, 4)
UNTIL = to_day(TODAY) + 1


def _read(engine: Engine) -> FleetHistory:
    with engine.connect() as connection:
        return read_fleet(connection, until_day=UNTIL)


def test_every_fact_is_read_once(engine: Engine) -> None:
    with engine.begin() as connection:
        one = keep_device(
            connection, "one", model="Maple 14", platform="windows", purchased_on=to_day(date(2024, 8, 1))
        )
        two = keep_device(connection, "two", retired_on=to_day(TODAY))
        keep_days(connection, one, days_before(TODAY, 40), battery_full_wh=40.0, battery_design_wh=50.0)
        for back in range(3):
            keep_failure(connection, one, "crash", "stop_error", TODAY - timedelta(days=20 * back))
        keep_failure(connection, two, "damage", "screen", TODAY)
        for number, kind in enumerate(("full", "fast", "resume")):
            at = datetime(2026, 3, 2 + number, 8, tzinfo=UTC)
            keep_boot(connection, one, f"b{number}", at, start_kind=kind, os_version="11.1", to_login_seconds=21.5)
        keep_boot(connection, two, "b", datetime(2026, 3, 1, 8, tzinfo=UTC), os_version=None, to_login_seconds=None)

    found = _read(engine)

    assert list(found.devices.key) == [one, two]
    assert found.devices.model == ("Maple 14", "")
    assert list(found.devices.purchase_year) == [2024, UNKNOWN]
    assert list(found.devices.retired_on) == [UNKNOWN, to_day(TODAY)]
    assert list(zip(found.months.device, found.months.bin, found.months.active_days, strict=True)) == [
        (0, 0, 30),
        (0, 1, 10),
    ]
    assert (found.months.first_on[1], found.months.last_on[0]) == (UNTIL - 40, UNTIL - 1)
    assert list(found.months.health) == pytest.approx([0.8, 0.8])
    assert [
        (device, CHANNELS[channel])
        for device, channel in zip(found.failures.device, found.failures.channel, strict=True)
    ] == [
        (0, "crash"),
        (0, "crash"),
        (0, "crash"),
        (1, "damage"),
    ]
    assert list(found.starts.device) == [0, 0, 1]
    assert list(found.starts.is_fast) == [0, 1, 0]
    assert list(found.starts.version) == [0, 0, UNKNOWN]
    assert found.starts.versions == ("11.1",)
    assert list(found.starts.seconds)[:2] == [21.5, 21.5]
    assert math.isnan(found.starts.seconds[2])


def test_more_rows_than_are_read_at_once_are_all_there(engine: Engine) -> None:
    with engine.begin() as connection:
        named = [{"device_id": f"d-{number}", "serial_number": str(number)} for number in range(1000)]
        connection.execute(insert(devices), named)
        columns = ("device", "on", "reports", "boots", "unclean_stops", "failures")
        for month in range(24):  # by the server itself: row by row this costs many times what is tested
            rows = select(devices.c.device, *map(literal, (UNTIL - 1 - 30 * month, 1, 0, 0, 0)))
            connection.execute(insert(device_days).from_select(columns, rows))

    found = _read(engine)

    assert len(found.months.device) == 24_000
    assert set(zip(found.months.device, found.months.bin, strict=True)) == {
        (place, month) for place in range(1000) for month in range(24)
    }


def test_only_the_window_is_read_with_the_failures_that_may_begin_an_incident_in_it(engine: Engine) -> None:
    with engine.begin() as connection:
        one = keep_device(connection, "one")
        keep_days(connection, one, [TODAY - timedelta(days=back) for back in (729, 730, 0, -1)])
        for back in (730, 743, 744, -1):
            keep_failure(connection, one, "crash", "stop_error", TODAY - timedelta(days=back))

    found = _read(engine)

    assert sum(found.months.active_days) == 2
    assert sorted(UNTIL - 1 - on for on in found.failures.on) == [730, 743]


def test_how_fast_a_battery_drains_is_told_by_days_of_real_use_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        one = keep_device(connection, "one")
        days = days_before(TODAY, 4)
        keep_days(
            connection,
            one,
            days,
            battery_full_wh=40.0,
            battery_design_wh=50.0,
            battery_level_percent_min=[50.0, 90.0, 50.0, None],
            awake_seconds=[4 * 3600.0, 3600.0, 600.0, 7200.0],
        )

    found = _read(engine)

    # Half of 40 Wh in four hours; the second day hardly drained it, the third was too short, the fourth not measured.
    assert list(found.months.drain_watts) == [pytest.approx(5.0)]


def test_the_same_facts_have_the_same_fingerprint_and_one_more_another(engine: Engine) -> None:
    with engine.begin() as connection:
        one = keep_device(connection, "one")
        keep_days(connection, one, days_before(TODAY, 3))
        keep_failure(connection, one, "crash", "stop_error", TODAY)
    first, again = _read(engine).digest(), _read(engine).digest()
    with engine.begin() as connection:
        keep_failure(connection, one, "crash", "stop_error", TODAY)

    changed = _read(engine).digest()

    assert first == again
    assert first != changed
