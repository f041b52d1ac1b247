"""File systems, memory, heat, the kernel and services: each told when it grew, and nothing of it twice."""

import os
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.sources.linux import (
    app_crashes,
    block,
    filesystems,
    kernel,
    memory,
    out_of_memory,
    thermal,
    units,
)
from rollcall_agent.sources.linux.disks import fixed_disks
from rollcall_agent.sources.programs import Ran
from rollcall_agent.sources.source import Source, Told
from tests.support.device import BOOT, Programs, check_on_wire, device, mark_of, past

PCI = "sys/devices/pci0000:00/0000:00:17.0"


def twice(
    source: Source[Any], root: Path, before: dict[str, str | bytes], after: dict[str, str | bytes], *, boot: str = BOOT
) -> tuple[Told, Told]:
    first = source.look(device(root, before), past())
    second = source.look(device(root, after), past({source.name: mark_of(first)}, boot_id=boot))
    check_on_wire(*second.failures)
    return first, second


def failures(told: Told) -> list[tuple[str, str, int]]:
    return [(one.channel, one.code, one.count) for one in told.failures]


def built_in(root: Path, name: str, partition: str) -> None:
    disk = f"{PCI}/{name}"
    device(root, {f"{disk}/device/model": "x", f"{disk}/{partition}/partition": "1"})
    for link, target in ((name, disk), (partition, f"{disk}/{partition}")):
        (root / "sys/class/block").mkdir(parents=True, exist_ok=True)
        (root / "sys/class/block" / link).symlink_to(root / target)


def test_a_file_system_s_errors_are_counted_from_the_first_look_on(tmp_path: Path) -> None:
    built_in(tmp_path, "sda", "sda2")
    counter = "sys/fs/ext4/sda2/errors_count"

    first, second = twice(filesystems.SOURCE, tmp_path, {counter: "4"}, {counter: "6"})

    assert first.failures == ()
    assert failures(second) == [("storage", "filesystem_error", 2)]


def test_a_check_that_sets_the_errors_back_is_no_failure(tmp_path: Path) -> None:
    built_in(tmp_path, "sda", "sda2")
    counter = "sys/fs/ext4/sda2/errors_count"

    _, second = twice(filesystems.SOURCE, tmp_path, {counter: "4"}, {counter: "0"}, boot="c" * 32)

    assert second.failures == ()


def test_a_pupil_s_stick_with_errors_is_none_of_ours(tmp_path: Path) -> None:
    stick = "sys/devices/pci0000:00/usb1/1-1/sdb"
    device(tmp_path, {f"{stick}/device/model": "x", f"{stick}/sdb1/partition": "1"})
    (tmp_path / "sys/class/block").mkdir(parents=True)
    (tmp_path / "sys/class/block/sdb1").symlink_to(tmp_path / stick / "sdb1")

    told = filesystems.SOURCE.look(device(tmp_path, {"sys/fs/ext4/sdb1/errors_count": "7"}), past())

    assert told.mark is None


def card(root: Path, name: str, kind: str, *, mounts: str = "") -> None:
    """An MMC device in a built-in reader; it says itself what it is."""
    real = f"sys/devices/pci0000:00/0000:02:00.0/mmc_host/mmc0/mmc0:aaaa/block/{name}"
    device(root, {f"{real}/device/type": kind, f"{real}/removable": "0", f"{real}/{name}p1/partition": "1"})
    device(root, {"proc/self/mounts": mounts, f"dev/{name}p1": ""}, links={f"sys/block/{name}": real})
    device(root, links={f"sys/class/block/{name}": real, f"sys/class/block/{name}p1": f"{real}/{name}p1"})


@pytest.mark.parametrize(
    ("kind", "mounts", "is_own"),
    [
        ("SD", "", False),
        ("SDcombo", "/dev/nvme0n1p2 / ext4 rw 0 0", False),
        ("SD", "/dev/mmcblk0p1 / ext4 rw 0 0", True),  # it starts from its card
        ("MMC", "", True),
    ],
)
def test_a_pupil_s_card_is_none_of_ours_and_a_soldered_one_is(
    kind: str, mounts: str, is_own: bool, tmp_path: Path
) -> None:
    card(tmp_path, "mmcblk0", kind, mounts=mounts)

    read = filesystems.read(device(tmp_path, {"sys/fs/ext4/mmcblk0p1/errors_count": "4"}))

    assert read.errors == ({"ext4:mmcblk0p1": 4} if is_own else {})


def test_the_small_areas_of_an_emmc_are_no_disks(tmp_path: Path) -> None:
    card(tmp_path, "mmcblk0", "MMC")
    for area in ("mmcblk0boot0", "mmcblk0boot1", "mmcblk0rpmb", "mmcblk0gp0"):
        card(tmp_path, area, "MMC")
    card(tmp_path, "mspblk0", "MSPRO")

    assert [one.name for one in fixed_disks(device(tmp_path))] == ["mmcblk0"]


def test_free_space_is_told_where_it_can_be_read(tmp_path: Path) -> None:
    told = filesystems.SOURCE.look(device(tmp_path), past())

    room = os.statvfs(tmp_path)
    assert told.vitals is not None
    assert told.vitals.storage_free_bytes == pytest.approx(room.f_bavail * room.f_frsize, rel=0.05)


def test_btrfs_counts_by_name() -> None:
    assert (
        filesystems.parse_btrfs("write_errs 1\nread_errs 0\nflush_errs 0\ncorruption_errs 3\ngeneration_errs 0") == 4
    )


def test_commands_a_disk_failed_count_beyond_noise_and_within_one_start(tmp_path: Path) -> None:
    disk = f"{PCI}/sda"
    device(tmp_path, {f"{disk}/device/wwid": "naa.1"})
    (tmp_path / "sys/block").mkdir()
    (tmp_path / "sys/block/sda").symlink_to(tmp_path / disk)
    counter = f"{disk}/device/ioerr_cnt"

    _, noise = twice(block.SOURCE, tmp_path, {counter: "0x10"}, {counter: "0x14"})
    _, many = twice(block.SOURCE, tmp_path, {counter: "0x10"}, {counter: "0x40"})
    _, restarted = twice(block.SOURCE, tmp_path, {counter: "0x10"}, {counter: "0x40"}, boot="c" * 32)

    assert noise.failures == ()
    assert failures(many) == [("storage", "io_error", 48)]
    assert restarted.failures == ()


def test_memory_that_mends_itself_is_counted_over_all_controllers(tmp_path: Path) -> None:
    edac = "sys/devices/system/edac/mc"
    before = {f"{edac}/mc0/ce_count": "1", f"{edac}/mc0/ue_count": "0", f"{edac}/mc1/ce_count": "0"}
    after = {f"{edac}/mc0/ce_count": "2", f"{edac}/mc0/ue_count": "1", f"{edac}/mc1/ce_count": "4"}

    _, second = twice(memory.SOURCE, tmp_path, dict(before), dict(after))

    assert failures(second) == [("hardware", "memory_corrected", 5), ("hardware", "memory_uncorrected", 1)]


def test_memory_without_ecc_tells_nothing_which_is_no_health(tmp_path: Path) -> None:
    told = memory.SOURCE.look(device(tmp_path), past())

    assert told == Told()


def test_a_package_s_throttling_is_not_counted_once_a_processor(tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu/cpu{}/thermal_throttle/package_throttle_count"
    before: dict[str, str | bytes] = {cpu.format(number): "0" for number in range(3)}
    after: dict[str, str | bytes] = {cpu.format(number): "30" for number in range(3)}

    _, second = twice(thermal.SOURCE, tmp_path, before, after)

    assert failures(second) == [("thermal", "throttled", 30)]


def test_the_hottest_plausible_sensor_counts(tmp_path: Path) -> None:
    host = device(
        tmp_path,
        {
            "sys/class/hwmon/hwmon0/temp1_input": "58500",
            "sys/class/hwmon/hwmon1/temp1_input": "127500",
            "sys/class/hwmon/hwmon1/temp2_input": "-128000",
            "sys/class/thermal/thermal_zone0/temp": "61200",
        },
    )

    told = thermal.SOURCE.look(host, past())

    assert told.vitals is not None
    assert told.vitals.temperature_max_celsius == 61.2


def sensors(*chips: tuple[str, dict[str, str]]) -> dict[str, str | bytes]:
    """Files of sensor chips: each with its name, and its files without the `temp` they all begin with."""
    return {
        f"sys/class/hwmon/hwmon{place}/{name}": value
        for place, (chip, said) in enumerate(chips)
        for name, value in {"name": chip, **{f"temp{rest}": value for rest, value in said.items()}}.items()
    }


CORES = ("coretemp", {"1_input": "42000", "1_label": "Package id 0"})
PINS = {"1_input": "38000", "1_label": "SYSTIN", "2_input": "116000", "2_label": "CPUTIN"}


@pytest.mark.parametrize(
    ("chips", "hottest"),
    [
        ([CORES, ("nct6779", PINS)], 42.0),  # the processor speaks for itself: its pin is not asked
        ([("it8728", {"3_input": "97000"}), ("k10temp", {"1_input": "55000"})], 55.0),
        ([("f71882fg", {"1_input": "91000", "1_label": "AUX"})], None),
        ([("nct6775", {"2_input": "88000", "2_label": "CPUTIN", "5_input": "109000", "5_label": "AUXTIN2"})], 88.0),
        ([("nct6791", {"7_input": "93000", "7_label": "PECI Agent 0"})], 93.0),
        ([CORES, ("nvme", {"1_input": "71000", "1_label": "Composite"})], 71.0),
        ([("coretemp", {"1_input": "98000"}), ("nct6775", PINS)], 98.0),  # a hot processor is still found
        ([CORES, ("amdgpu", {"1_input": "120000", "1_fault": "1"})], 42.0),
        ([CORES, ("thinkpad", {"1_input": "83000"})], 83.0),
        (
            [CORES, ("asusec", {"1_input": "115000", "1_label": "Water_In"}), ("gigabyte_wmi", {"1_input": "112000"})],
            42.0,
        ),
        ([CORES, ("acpitz", {"1_input": "27800", "2_input": "119000"})], 42.0),
        ([("acpitz", {"1_input": "61000"})], 61.0),  # the only one there is
        (
            [
                CORES,
                ("nvme", {"1_input": "40000", "1_label": "Composite", "3_input": "119000", "3_label": "Sensor 2"}),
            ],
            42.0,
        ),
        ([("k10temp", {"1_input": "93000", "1_label": "Tctl", "2_input": "66000", "2_label": "Tdie"})], 66.0),
        ([("k10temp", {"1_input": "93000", "1_label": "Tctl"})], 93.0),
        ([CORES, ("dell_smm", {"3_input": "100000", "3_label": "Other"})], 42.0),
    ],
)
def test_a_pin_with_nothing_on_it_is_no_heat(
    chips: list[tuple[str, dict[str, str]]], hottest: float | None, tmp_path: Path
) -> None:
    assert thermal.read(device(tmp_path, sensors(*chips))).hottest_celsius == hottest


@pytest.mark.parametrize(
    ("zones", "chips", "hottest"),
    [
        ([("acpitz", "119050"), ("x86_pkg_temp", "43000")], [CORES], 43.0),
        ([("acpitz", "119050"), ("x86_pkg_temp", "43000")], [], 43.0),
        ([("acpitz", "61000")], [], 61.0),  # the only one there is
        ([("SEN1", "109000"), ("TSR0", "100000"), ("B0D4", "99000")], [CORES], 42.0),  # pins of the board
        ([("TSR0", "52000")], [], 52.0),
        ([("cpu-thermal", "88000"), ("battery", "109000")], [], 88.0),  # an ARM device
        ([("x86_pkg_temp", "97000")], [("nct6779", PINS)], 97.0),  # a hot processor is still found
    ],
)
def test_a_zone_of_the_board_counts_only_where_no_processor_speaks(
    zones: list[tuple[str, str]], chips: list[tuple[str, dict[str, str]]], hottest: float, tmp_path: Path
) -> None:
    files = sensors(*chips)
    for place, (kind, celsius) in enumerate(zones):
        zone = f"sys/class/thermal/thermal_zone{place}"
        files |= {f"{zone}/type": kind, f"{zone}/temp": celsius}

    assert thermal.read(device(tmp_path, files)).hottest_celsius == hottest


def test_programs_ended_for_lack_of_memory_are_a_number(tmp_path: Path) -> None:
    _, second = twice(
        out_of_memory.SOURCE,
        tmp_path,
        {"proc/vmstat": "nr_free_pages 5\noom_kill 1\n"},
        {"proc/vmstat": "nr_free_pages 5\noom_kill 3\n"},
    )

    assert failures(second) == [("memory", "out_of_memory_kill", 2)]


def test_a_panic_of_many_parts_is_one_crash(tmp_path: Path) -> None:
    records: dict[str, str | bytes] = {
        f"var/lib/systemd/pstore/1654678088/dmesg-efi-16546780880{part}001": f"Panic#1 Part{part}\nsecret text"
        for part in (1, 2, 3)
    }

    first, second = twice(kernel.SOURCE, tmp_path, {"proc/sys/kernel/tainted": "0"}, records)
    third = kernel.SOURCE.look(device(tmp_path), past({"kernel": mark_of(second)}))

    assert first.failures == ()
    assert failures(second) == [("crash", "kernel_panic", 1)]
    assert third.failures == ()


def test_old_crash_records_at_first_sight_are_no_failure(tmp_path: Path) -> None:
    told = kernel.SOURCE.look(device(tmp_path, {"sys/fs/pstore/dmesg-ramoops-0": "Panic#1 Part1\n"}), past())

    assert told.failures == ()


def test_a_panic_told_before_the_start_is_complete_still_names_the_stop(tmp_path: Path) -> None:
    _, told = twice(
        kernel.SOURCE,
        tmp_path,
        {"proc/sys/kernel/tainted": "0"},
        {"sys/fs/pstore/dmesg-ramoops-0": "Panic#1 Part1\n"},
    )

    later = kernel.read(device(tmp_path))

    assert kernel.has_panicked(later, mark_of(told), boot_id=BOOT)
    assert not kernel.has_panicked(later, mark_of(told), boot_id="c" * 32)


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (1 << 7, [("crash", "kernel_oops", 1)]),
        (1 << 4, [("hardware", "machine_check", 1)]),
        ((1 << 9) | (1 << 12), []),
    ],
)
def test_the_kernel_s_flags_of_this_start(tmp_path: Path, bits: int, expected: list[tuple[str, str, int]]) -> None:
    flags = "proc/sys/kernel/tainted"

    _, second = twice(kernel.SOURCE, tmp_path, {flags: "0"}, {flags: str(bits)})
    third = kernel.SOURCE.look(device(tmp_path), past({"kernel": mark_of(second)}))

    assert failures(second) == expected
    assert third.failures == ()


def manager(failed: int, own: str = "") -> Programs:
    return Programs(
        {
            "systemctl show -p NFailedUnits": f"NFailedUnits={failed}\nFinishTimestampMonotonic=11065000\n",
            "systemctl show rollcall-*": own,
        }
    )


def test_failed_services_are_a_number_without_our_own() -> None:
    own = "ActiveState=failed\n\nActiveState=active\n"

    assert units.parse("NFailedUnits=3\nFinishTimestampMonotonic=1\n", own) == units.Units(failed=2)
    assert units.parse("NFailedUnits=3\nFinishTimestampMonotonic=0\n", "") == units.Units(failed=None)
    assert units.parse("", "") == units.Units(failed=None)


def test_a_service_broken_at_every_start_is_no_failure_a_day(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    baseline = units.SOURCE.look(device(tmp_path, programs=manager(1)), past())
    worse = units.SOURCE.look(device(tmp_path, programs=manager(2)), past({"units": mark_of(baseline)}))
    next_start = units.SOURCE.look(
        device(tmp_path, programs=manager(2)), past({"units": mark_of(worse)}, boot_id="c" * 32)
    )
    third = units.SOURCE.look(
        device(tmp_path, programs=manager(3)), past({"units": mark_of(next_start)}, boot_id="c" * 32)
    )

    assert baseline.failures == ()
    assert failures(worse) == [("crash", "service_failed", 1)]
    assert next_start.failures == ()
    assert failures(third) == [("crash", "service_failed", 1)]


def test_crashed_programs_are_counted_from_a_cursor_and_no_window_is_read_twice(tmp_path: Path) -> None:
    start = Programs({"journalctl": "-- cursor: s=1;i=5\n"})
    entries = '{"MESSAGE_ID":"x"}\n{"MESSAGE_ID":"x"}\n-- cursor: s=1;i=9\n'
    grown = Programs({"journalctl": entries})

    first = app_crashes.SOURCE.look(device(tmp_path, programs=start), past())
    marks = {"app_crashes": mark_of(first)}
    second = app_crashes.SOURCE.look(device(tmp_path, programs=grown, marks=marks), past(marks))

    assert first.failures == ()
    assert "-n 0" in start.asked[0]
    assert "--after-cursor=s=1;i=5" in grown.asked[0]
    assert failures(second) == [("crash", "app_crash", 2)]
    assert '"cursor":"s=1;i=9"' in mark_of(second)


def test_a_journal_that_was_rotated_away_begins_again(tmp_path: Path) -> None:
    programs = Programs(
        {
            "journalctl -q --no-pager -o json --output-fields=MESSAGE_ID --show-cursor --after": Ran(
                status=1, output=""
            ),
            "journalctl": "-- cursor: s=2;i=1\n",
        }
    )
    marks = {"app_crashes": '{"cursor": "s=1;i=5"}'}

    told = app_crashes.SOURCE.look(device(tmp_path, programs=programs, marks=marks), past(marks))

    assert told.failures == ()
    assert '"cursor":"s=2;i=1"' in mark_of(told)
