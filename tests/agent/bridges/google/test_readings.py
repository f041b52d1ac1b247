"""What Google's battery, heat and storage reports mean; what it leaves out is not measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rollcall_agent.bridges.google.crashes import by_device, new_crashes
from rollcall_agent.bridges.google.directory import read_entry
from rollcall_agent.bridges.google.memory import ChromebookMemory
from rollcall_agent.bridges.google.readings import new_vitals, new_wear
from rollcall_agent.bridges.google.telling import tell_entry
from rollcall_agent.bridges.google.values import instant, seconds, text, whole
from tests.support.google.chromebooks import Chromebook, crash, rfc3339

NOW = datetime(2026, 9, 15, 11, 0, tzinfo=UTC)


def battery(at: datetime = NOW - timedelta(hours=3), **changes: Any) -> dict[str, Any]:
    sample = {"remainingCapacity": "1850", "status": "Charging", "reportTime": rfc3339(at)}
    return {
        "fullChargeCapacity": "3700",
        "reportTime": rfc3339(at),
        "sample": [sample],
        "serialNumber": "B1",
    } | changes


BUILT = {"designCapacity": "4000", "designMinVoltage": 11_400, "serialNumber": "B1"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("14358468900", 14358468900), (7, 7), ("", None), ("7.5", None), (True, None), (None, None), ([], None)],
)
def test_large_numbers_come_as_text(value: object, expected: int | None) -> None:
    assert whole(value) == expected


@pytest.mark.parametrize(
    "value", ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "0", "", "soon", None, 7, "9" * 30]
)
def test_1970_means_never_and_so_does_nonsense(value: object) -> None:
    assert instant(value) is None


def test_instants_come_in_two_forms() -> None:
    assert instant("1789470000000") == instant("2026-09-15T11:00:00.000Z") == NOW
    assert seconds("1.500s") == 1.5
    assert text(" a \n b\x00 ") == "a b"


def test_a_battery_is_told_in_watt_hours_and_per_cent_at_its_own_time() -> None:
    reply = {"batteryInfo": [BUILT], "batteryStatusReport": [battery()]}

    vitals, taken_at, memory = new_vitals(reply, ChromebookMemory(), NOW)

    assert vitals is not None
    assert (vitals.battery_full_wh, vitals.battery_design_wh, vitals.battery_level_percent) == (42.18, 45.6, 50.0)
    assert (vitals.is_charging, vitals.is_plugged_in) == (True, True)
    assert taken_at == NOW - timedelta(hours=3)
    assert new_vitals(reply, memory, NOW)[0] is None


@pytest.mark.parametrize(
    ("told", "is_due"),
    [
        ([], None),
        ([{}, {"updateState": "UPDATE_STATE_UNSPECIFIED"}, {"updateState": 7}], None),
        ([{"updateState": "OS_IMAGE_DOWNLOAD_NOT_STARTED"}], False),
        (
            [
                {"updateState": "OS_UPDATE_NEED_REBOOT", "lastUpdateCheckTime": "2026-09-15T08:00:00Z"},
                {"updateState": "OS_IMAGE_DOWNLOAD_IN_PROGRESS", "lastUpdateCheckTime": "2026-09-14T08:00:00Z"},
                {"updateState": "OS_IMAGE_DOWNLOAD_NOT_STARTED", "lastUpdateCheckTime": "1970-01-01T00:00:00Z"},
            ],
            True,
        ),
    ],
)
def test_an_update_that_waits_for_a_restart_is_told_by_the_last_look_for_it(told: Any, is_due: bool | None) -> None:
    vitals, _, _ = new_vitals({"batteryStatusReport": [battery()], "osUpdateStatus": told}, ChromebookMemory(), NOW)

    assert vitals is not None
    assert vitals.is_restart_due is is_due


def test_zeros_that_google_leaves_out_are_not_measured() -> None:
    reply = {"batteryStatusReport": [{"reportTime": rfc3339(NOW), "sample": [{}]}], "storageInfo": {}}

    vitals, _, memory = new_vitals(reply, ChromebookMemory(), NOW)

    assert vitals is None
    assert memory.readings_at is not None


@pytest.mark.parametrize(
    ("status", "told"),
    [("Discharging", (False, False)), ("Full", (False, True)), ("Not charging", (False, True)), ("Odd", (None, None))],
)
def test_what_sysfs_says_of_a_battery(status: str, told: tuple[bool | None, bool | None]) -> None:
    sample = {"remainingCapacity": "1850", "status": status, "reportTime": rfc3339(NOW)}

    vitals, _, _ = new_vitals({"batteryStatusReport": [battery(sample=[sample])]}, ChromebookMemory(), NOW)

    assert vitals is not None
    assert (vitals.is_charging, vitals.is_plugged_in) == told


def test_of_two_batteries_the_design_of_the_right_one_is_taken() -> None:
    other = {"designCapacity": "9000", "serialNumber": "B2"}

    vitals, _, _ = new_vitals(
        {"batteryInfo": [other, BUILT], "batteryStatusReport": [battery()]}, ChromebookMemory(), NOW
    )
    lost, _, _ = new_vitals(
        {"batteryInfo": [other, other], "batteryStatusReport": [battery()]}, ChromebookMemory(), NOW
    )

    assert vitals is not None
    assert lost is not None
    assert (vitals.battery_design_wh, lost.battery_design_wh) == (45.6, None)


def test_the_hottest_sensor_of_the_newest_report_that_has_any() -> None:
    def heat(hours: int, *degrees: int) -> dict[str, Any]:
        found = {"reportTime": rfc3339(NOW - timedelta(hours=hours)), "cpuUtilizationPct": 3}
        return found | ({"cpuTemperatureInfo": [{"temperatureCelsius": one} for one in degrees]} if degrees else {})

    vitals, _, _ = new_vitals({"cpuStatusReport": [heat(1), heat(5, 80), heat(2, 41, 55)]}, ChromebookMemory(), NOW)

    assert vitals is not None
    assert vitals.temperature_max_celsius == 55.0


def test_a_battery_that_is_worn_is_told_once_when_it_begins() -> None:
    soon = {"batteryStatusReport": [battery(batteryHealth="BATTERY_REPLACE_SOON")]}
    now = {"batteryStatusReport": [battery(batteryHealth="BATTERY_REPLACE_NOW")]}

    first, memory = new_wear(soon, ChromebookMemory(), NOW)
    again, memory = new_wear(soon, memory, NOW)
    worse, memory = new_wear(now, memory, NOW)

    assert [(one.channel, one.code) for one in (*first, *again, *worse)] == [
        ("battery", "replace_soon"), ("battery", "replace_now"),
    ]  # fmt: skip


def test_a_battery_of_a_health_nobody_knows_is_no_failure() -> None:
    found, _ = new_wear({"batteryStatusReport": [battery(batteryHealth="BATTERY_SWAPPED")]}, ChromebookMemory(), NOW)

    assert found == ()


def test_a_crash_is_told_once_by_google_s_own_name_for_it() -> None:
    events = [
        crash("d", NOW, "c1"),
        crash("d", NOW, "c1"),
        crash("d", NOW, "c2", "CRASH_TYPE_NEW"),
        {"eventType": "X"},
    ]
    crashes = by_device([*events, {"eventType": "OS_CRASH"}], NOW)

    failures, memory = new_crashes(crashes["d"], ChromebookMemory())

    assert [(one.channel, one.code) for one in failures] == [("crash", "os_crash")] * 2
    assert new_crashes(crashes["d"], memory)[0] == ()
    assert list(crashes) == ["d"]


def test_the_directory_tells_what_a_chromebook_is() -> None:
    entry = read_entry(Chromebook(7).listed(NOW))

    assert entry is not None
    assert entry.described == {
        "model": "Alder Chromebook 311", "asset_tag": "T-00007", "os_version": "130.0.6723.126",
        "memory_bytes": 4294967296, "storage_bytes": 32000000000,
    }  # fmt: skip
    assert entry.texts["org_unit"] == "/Schools/Oak/Carts"
    assert str(entry.support_until) == "2032-06-01"
    assert entry.storage_free_bytes == 20000000000


def test_the_end_of_support_is_found_under_its_older_names() -> None:
    listed = Chromebook(7).listed(NOW)
    del listed["supportEndDate"]

    entry = read_entry(listed)

    assert entry is not None
    assert str(entry.support_until) == "2032-06-04"


def test_the_volume_of_a_device_without_a_sum_is_its_largest() -> None:
    volumes = [{"storageTotal": "100", "storageFree": "9"}, {"storageTotal": "32000", "storageFree": "700"}]
    listed = Chromebook(7).listed(NOW) | {"diskVolumeReports": [{}, {"volumeInfo": volumes}]}
    del listed["diskSpaceUsage"]

    entry = read_entry(listed)

    assert entry is not None
    assert (entry.described["storage_bytes"], entry.storage_free_bytes) == (32000, 700)


def test_the_directory_s_free_room_is_told_only_where_telemetry_stays_away() -> None:
    entry = read_entry(Chromebook(7).listed(NOW))
    assert entry is not None
    fresh, known, read = (
        ChromebookMemory(),
        ChromebookMemory(described={"model": "x"}),
        ChromebookMemory(described={}, readings_at=1789460000),
    )

    told = [tell_entry(entry, memory, NOW) for memory in (fresh, known, read)]

    assert [one is not None and len(one.bodies) for one in told] == [0, 1, 0]
