"""What a Mac tells, from output as it was published or documented; no Mac was there to try it on."""

import plistlib
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.sources.macos import battery, boot, hardware, inventory, panics, resumes, stop, storage
from rollcall_agent.sources.macos.boot import LoginReading, seconds_of
from rollcall_agent.sources.macos.panics import Panics
from rollcall_agent.sources.source import Host, Told
from tests.support.device import Programs, check_on_wire, device, mark_of, past
from tests.support.stand_ins.pupil import SECRETS, leaks

APPLE_SILICON: dict[str, Any] = {
    "BatteryInstalled": True, "CurrentCapacity": 83, "MaxCapacity": 100, "DesignCapacity": 8694, "CycleCount": 35,
    "AppleRawMaxCapacity": 8179, "NominalChargeCapacity": 8423, "IsCharging": False, "ExternalConnected": True,
    "FullyCharged": False, "PermanentFailureStatus": 0, "Serial": "Maria Mustermann", "Voltage": 12_500,
}  # fmt: skip
INTEL: dict[str, Any] = {
    "CurrentCapacity": 1712, "MaxCapacity": 3424, "DesignCapacity": 5088, "CycleCount": 745, "IsCharging": False,
    "ExternalConnected": False, "Voltage": 11_400,
}  # fmt: skip
PLATFORM = {
    "manufacturer": b"Apple Inc.\0", "model": b"MacBookAir10,1\0", "IOPlatformSerialNumber": "C02XK1YZQ6L4",
    "IOPlatformUUID": "6B7376F3-C6B7-4F3C-AD2E-800BFCF005B7", "IORegistryEntryName": "Maria Mustermann's MacBook",
}  # fmt: skip
WAKES = """\
2026-09-14 07:58:20 +0200 Sleep               \tEntering Sleep state due to 'Clamshell Sleep':TCPKeepAlive=active Using Batt (Charge:98%) 41 secs
2026-09-14 07:59:00 +0200 Wake Requests       \t[process=steam-game.exe request=Maintenance deltaSecs=7198]
2026-09-14 08:00:11 +0200 DarkWake            \tDarkWake from Deep Idle [CDNVA] : due to wifibt Using BATT (Charge:91%)
2026-09-14 08:10:20 +0200 Wake                \tWake from Deep Idle [CDNVA] : due to smc.sysState.Wake(0x70070000) lid Using BATT (Charge:88%)
2026-09-14 08:11:20 +0200 Assertions          \tPID 311(steam-game.exe) Created PreventUserIdleSystemSleep "Maria Mustermann" 00:04:01
2026-09-14 09:00:02 +0200 Wake                \tDarkWake to FullWake from Deep Idle [CDNVA] : due to HID Activity Using AC (Charge:80%)
2026-99-14 09:00:02 +0200 Wake                \tWake from Deep Idle [CDNVA] : due to HID Activity Using AC (Charge:80%)
"""


def listed(value: dict[str, Any]) -> str:
    return plistlib.dumps([value]).decode()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (APPLE_SILICON, (83.0, round(8423 / 8694, 3), 35, False, True)),
        ({**APPLE_SILICON, "NominalChargeCapacity": None}, (83.0, round(8179 / 8694, 3), 35, False, True)),
        (INTEL, (50.0, round(3424 / 5088, 3), 745, False, False)),
        (
            {**INTEL, "CycleCount": 0, "IsCharging": True, "ExternalConnected": True},
            (50.0, round(3424 / 5088, 3), None, True, True),
        ),
    ],
)
def test_a_battery_tells_its_level_what_is_left_of_its_design_and_its_cycles(
    stated: dict[str, Any], expected: tuple[float, float, int | None, bool, bool]
) -> None:
    told = battery.tell({name: value for name, value in stated.items() if value is not None}, past())

    found = told.vitals
    assert found is not None
    assert found.battery_full_wh is not None
    assert found.battery_design_wh is not None
    ratio = round(found.battery_full_wh / found.battery_design_wh, 3)
    assert (
        found.battery_level_percent,
        ratio,
        found.battery_cycles,
        found.is_charging,
        found.is_plugged_in,
    ) == expected
    assert leaks(told) == []


def test_the_constant_that_apple_silicon_calls_its_capacity_is_none() -> None:
    told = battery.tell({"CurrentCapacity": 83, "MaxCapacity": 100, "DesignCapacity": 8694}, past())

    assert told.vitals is not None
    assert (told.vitals.battery_level_percent, told.vitals.battery_full_wh) == (83.0, None)


def test_a_battery_that_failed_for_good_is_told_once() -> None:
    failed = {**APPLE_SILICON, "PermanentFailureStatus": 1}
    first = battery.tell(failed, past())
    again = battery.tell(failed, past({"battery": mark_of(first)}))

    check_on_wire(*first.failures)
    assert [one.code for one in first.failures] == ["service_recommended"]
    assert again.failures == ()


@pytest.mark.parametrize(
    "output", ["", "no plist", "<plist><dict>", "<plist version='1.0'><array/></plist>", "<plist>\x00</plist>"]
)
def test_a_desktop_and_garbled_output_tell_of_no_battery(tmp_path: Path, output: str) -> None:
    host = device(tmp_path, programs=Programs({"ioreg": output}))

    assert battery.SOURCE.look(host, past()).vitals is None


LAST = """\
reboot    ~                         Mon Sep 14 07:55
shutdown  ~                         Fri Sep 11 16:02
maria.mus console                   Fri Sep 11 08:00 - 16:02  (08:02)
reboot    ~                         Fri Sep 11 07:55

wtmp begins Thu Mar 11 12:46
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (LAST, True),
        (LAST.replace("shutdown  ~                         Fri", "maria.mus console                   Fri"), False),
        ("reboot    ~                         Mon Sep 14 07:55\n\nwtmp begins Mon Sep 14 07:55\n", None),
        ("", None),
    ],
)
def test_a_shutdown_stands_between_two_starts_or_does_not(output: str, expected: bool | None) -> None:
    assert stop.was_shut_down(output) is expected


CAUSE = "2026-09-14 07:55:12.345 Df kernel[0:7b] (AppleSMC) Previous shutdown cause: {}\n"


@pytest.mark.parametrize(
    ("number", "was_shut_down", "expected"),
    [
        (5, True, ("clean", "unknown")),
        (5, None, ("clean", "unknown")),
        (3, None, ("unclean", "power_button_held")),
        (0, False, ("unclean", "power_loss_or_hang")),
        (-128, None, ("unclean", "unknown")),
        (-3, True, ("unclean", "unknown")),
        (1, True, ("clean", "unknown")),
        (7, None, ("unknown", "unknown")),
        (None, True, ("clean", "unknown")),
        (None, False, ("unclean", "power_loss_or_hang")),
        (None, None, ("unknown", "unknown")),
    ],
)
def test_the_cause_of_the_stop_before(
    number: int | None, was_shut_down: bool | None, expected: tuple[str, str]
) -> None:
    cause = stop.shutdown_cause("" if number is None else CAUSE.format(number))

    assert cause == number
    assert stop.ended(stop.Accounts(cause=cause, was_shut_down=was_shut_down)) == expected


def test_a_panic_and_an_empty_battery_go_before_what_else_is_said() -> None:
    assert stop.ended(stop.Accounts(has_panicked=True, was_shut_down=True)) == ("unclean", "crash")
    assert stop.ended(stop.Accounts(was_shut_down=False, was_battery_empty=True)) == ("unclean", "battery_empty")


def test_the_log_is_asked_on_intel_alone(tmp_path: Path) -> None:
    intel = Programs({"uname": "x86_64\n", "log show": CAUSE.format(3)})
    silicon = Programs({"uname": "arm64\n", "log show": CAUSE.format(3)})

    assert stop.read_cause(device(tmp_path, programs=intel)) == 3
    assert stop.read_cause(device(tmp_path, programs=silicon)) is None
    assert [line for line in silicon.asked if line.startswith("log")] == []


def login(seconds: float | None = 9.5, **more: Any) -> LoginReading:
    known: dict[str, Any] = {
        "panics": Panics(keys=()),
        "was_shut_down": True,
        "cause": None,
        "os_version": "macOS 15.1",
    }
    return LoginReading(login_seconds=seconds, **{**known, **more})


def test_the_login_window_s_start_is_the_duration_and_is_named_so() -> None:
    first = boot.tell(login(), past())
    signed_out = boot.tell(login(3000.0), past({"boot": mark_of(first)}, is_asked_anew=True))

    assert first.boot is not None
    check_on_wire(first.boot)
    assert (first.boot.source, first.boot.to_login_seconds, first.boot.previous_stop) == ("loginwindow", 9.5, "clean")
    assert signed_out.boot == first.boot
    assert boot.tell(login(), past({"boot": mark_of(first)})).boot is None


def test_a_start_without_a_login_window_is_an_instant_after_five_minutes() -> None:
    waits, gives_up = (boot.tell(login(None), past(since_boot=seconds)) for seconds in (60.0, 301.0))

    assert (waits.boot, waits.is_later) == (None, True)
    assert gives_up.boot is not None
    assert (gives_up.boot.source, gives_up.boot.to_login_seconds) == ("uptime", None)


def test_a_device_that_was_too_hot_is_a_failure() -> None:
    told = boot.tell(login(cause=-3), past())

    assert [(one.channel, one.code) for one in told.failures] == [("thermal", "overheated")]


@pytest.mark.parametrize(
    ("ticks", "base", "expected"),
    [
        (228_000_000, (125, 3), 9.5),
        (9_500_000_000, (1, 1), 9.5),
        (0, (1, 1), None),
        (10**16, (1, 1), None),
        (5, (1, 0), None),
    ],
)
def test_ticks_become_seconds_by_the_processor_s_own_time_base(
    ticks: int, base: tuple[int, int], expected: float | None
) -> None:
    usage = struct.pack("<16s10Q", b"", 0, 0, 0, 0, 0, 0, 0, 0, ticks, 0)

    assert seconds_of(usage, *base) == expected
    assert seconds_of(usage[:20], *base) is None


REPORTS = {
    "panic-full-2026-09-14-075512.0002.panic": '{"bug_type":"210","timestamp":"2026-09-14 07:55:12.00 +0200"}\n{"panicString":"panic(cpu 0): steam-game.exe"}',
    "panic-full-2026-09-13-075512.0002.ips": '{"bug_type":"210"}\n{"procname":"Maria Mustermann"}',
    "Kernel_2019-09-14-075512_PC-OF-MARIA.panic": "Anonymous UUID:       6B7376F3\n\npanic(cpu 2 caller 0xfff): maria",
    "JetsamEvent-2026-09-14-080000.ips": '{"bug_type":"298"}\n{}',
    "steam-game-2026-09-14-080000.ips": '{"app_name":"steam-game.exe","bug_type":"309"}\n{}',
    "watchdogd-2026-09-14.ips": '{"bug_type":"409"}\n{}',
    "garbled.panic": "nothing",
    "other.txt": '{"bug_type":"210"}',
}


def test_only_panics_are_counted_and_old_ones_once(tmp_path: Path) -> None:
    files = {f"Library/Logs/DiagnosticReports/{name}": text for name, text in REPORTS.items()}
    first = panics.SOURCE.look(device(tmp_path, {}), past())
    host = device(tmp_path, files)

    found = panics.read(host)
    told = panics.tell(found, past({"panics": mark_of(first)}))
    again = panics.tell(found, past({"panics": mark_of(told)}))

    assert len(found.keys) == 3
    assert [(one.code, one.count) for one in told.failures] == [("kernel_panic", 3)]
    assert again.failures == ()
    assert panics.has_panicked(found, mark_of(told), boot_id=past().boot_id)
    assert leaks(told) == []


def test_wake_ups_are_told_and_dark_ones_and_requests_are_not() -> None:
    woken = resumes.parse(WAKES)
    first = resumes.tell(woken[:1], past())

    told = resumes.tell(woken, past({"resumes": mark_of(first)}, now=datetime(2026, 9, 14, 8, tzinfo=UTC)))

    check_on_wire(*told.more_boots)
    assert woken == (datetime(2026, 9, 14, 6, 10, 20, tzinfo=UTC), datetime(2026, 9, 14, 7, 0, 2, tzinfo=UTC))
    assert [(one.start_kind, one.booted_at) for one in told.more_boots] == [("resume", woken[1])]
    assert first.more_boots == ()
    assert leaks(told) == []


@pytest.mark.parametrize(
    ("status", "expected"), [("Verified", []), ("Failing", ["smart_failing"]), ("Not Supported", [])]
)
def test_a_disk_that_says_it_fails_is_told_once(status: str, expected: list[str]) -> None:
    stated = {
        "SMARTStatus": status,
        "TotalSize": 500_000_000_000,
        "APFSContainerFree": 9,
        "VolumeName": "Maria Mustermann",
    }
    first = storage.tell(stated, past())

    again = storage.tell(stated, past({"storage": mark_of(first)}))

    assert [one.code for one in first.failures] == expected
    assert again.failures == ()
    assert leaks(first) == []


def whole_mac(root: Path) -> Host:
    return device(
        root,
        programs=Programs(
            {
                "ioreg -a -r -d 1 -c IOPlatformExpertDevice": listed(PLATFORM),
                "sysctl -n hw.memsize": "17179869184\n",
                "sysctl -n kern.osproductversion": "15.1\n",
                "sysctl -n kern.osversion": "24B83\n",
                "sysctl -n kern.bootsessionuuid": "1D2C3B4A-0000-4000-8000-123456789ABC\n",
                "diskutil": plistlib.dumps({"TotalSize": 500_000_000_000, "VolumeName": SECRETS[1]}).decode(),
            }
        ),
    )


def test_a_mac_says_what_it_is_and_not_whose(tmp_path: Path) -> None:
    told: Told = inventory.SOURCE.look(whole_mac(tmp_path), past())

    found = told.inventory
    assert found is not None
    check_on_wire(found)
    assert (found.manufacturer, found.model, found.serial_number) == ("Apple Inc.", "MacBookAir10,1", "C02XK1YZQ6L4")
    assert (found.os_version, found.memory_bytes, found.storage_bytes) == (
        "macOS 15.1 (24B83)",
        2**34,
        500_000_000_000,
    )
    assert leaks(told) == []


def test_a_mac_is_recognised_by_hashes_and_its_start_by_a_name_of_its_own(tmp_path: Path) -> None:
    host = whole_mac(tmp_path)

    known = hardware.hashes(host)

    assert list(known) == ["firmware", "serial"]
    assert hardware.boot_id(host) == hardware.boot_id(host) != hardware.raw_boot_id(host)
    assert "C02XK1YZQ6L4" not in repr(known)
    assert list(hardware.hashes(device(tmp_path / "bare"))) == ["none"]
