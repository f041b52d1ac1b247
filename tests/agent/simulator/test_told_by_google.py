"""Make-believe Chromebooks go through the Google bridge's own reading: what it cannot know, the demo does not show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rollcall_agent.simulator import google
from rollcall_agent.simulator.google import ToldByGoogle
from rollcall_wire import Boot, Failure, Inventory, Vitals
from tests.support.fleets.make_believe import school_year
from tests.support.google.discovery import faults_of_reply, method

AT = datetime(2026, 9, 15, 8, 0, 20, tzinfo=UTC)
BOOT = Boot(boot_id="abc", booted_at=AT, source="simulator", to_login_seconds=9.0, previous_stop="unclean")
VITALS = Vitals(
    battery_level_percent=64.0, is_charging=False, is_plugged_in=False, battery_full_wh=38.4, battery_design_wh=42.0,
    battery_cycles=311, storage_free_bytes=14_000_000_000, temperature_max_celsius=51,
)  # fmt: skip


def test_what_it_says_in_google_s_place_is_what_google_s_documents_allow() -> None:
    devices = method("chromemanagement.v1", ("customers", "telemetry", "devices", "list"))["response"]
    events = method("chromemanagement.v1", ("customers", "telemetry", "events", "list"))["response"]
    crash = Failure(channel="crash", code="os_crash", occurred_at=AT)

    told = {"devices": [google._boot(AT, BOOT), google._reading(AT, VITALS)]}
    happened = {"telemetryEvents": [google._crash("5CD", AT, crash)]}

    assert [*faults_of_reply("chromemanagement.v1", devices, told)] == []
    assert [*faults_of_reply("chromemanagement.v1", events, happened)] == []


def test_a_level_and_a_wear_survive_the_way_through_charge_units() -> None:
    ((_, found),) = ToldByGoogle("5CD1").retell([(AT, VITALS)])

    assert isinstance(found, Vitals)
    assert found.battery_level_percent is not None
    assert abs(found.battery_level_percent - 64.0) < 0.1
    assert abs((found.battery_full_wh or 0) / (found.battery_design_wh or 1) - 38.4 / 42.0) < 0.001
    assert (found.battery_cycles, found.temperature_max_celsius) == (311, 51)


def test_one_unclean_end_is_not_told_and_one_with_a_crash_is() -> None:
    book = ToldByGoogle("5CD1")
    later = AT + timedelta(days=40)
    crash = Failure(channel="crash", code="os_crash", occurred_at=later - timedelta(minutes=3))

    first = book.retell([(AT, BOOT)])
    second = book.retell([(later, replace(BOOT, booted_at=later)), (later, crash)])

    stops = [(body.previous_stop, body.stop_cause) for _, body in (*first, *second) if isinstance(body, Boot)]
    assert stops == [("unknown", "unknown"), ("unclean", "crash")]


def test_a_start_after_an_update_bears_the_version_the_directory_told_of() -> None:
    inventory = Inventory(platform="chromeos", model="Alder", serial_number="5CD1", os_version="131.0.1")

    told = ToldByGoogle("5CD1").retell([(AT, BOOT), (AT + timedelta(seconds=5), inventory)])

    assert [body.os_version for _, body in told if isinstance(body, Boot)] == ["131.0.1"]


def test_a_district_s_chromebooks_start_by_google_and_their_levels_charge_and_fall() -> None:
    year = school_year(60)
    books = [
        told for life, told in zip(year.lives, year.told, strict=True) if life.device.model.platform == "chromeos"
    ]

    sources = {body.source for told in books for _, body in told if isinstance(body, Boot)}
    levels = [
        [body.battery_level_percent for _, body in told if isinstance(body, Vitals) and body.battery_level_percent]
        for told in books
    ]
    steps = [[b - a for a, b in pairwise(one)] for one in levels]
    assert sources == {"google_telemetry"}
    assert all(min(one) < -5 and max(one) > 5 for one in steps if len(one) > 60)
