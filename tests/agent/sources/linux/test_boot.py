"""How long a start took, by real service managers' stamps, and how it is told once."""

from datetime import timedelta
from pathlib import Path

import pytest

from rollcall_agent.sources.counters import marking
from rollcall_agent.sources.linux import boot, startup
from rollcall_agent.sources.linux.phases import Phases, from_systemd
from rollcall_agent.sources.programs import LATE
from tests.support.device import BOOT, NOW, Programs, check_on_wire, device, mark_of, past

# 7.709s (firmware) + 4.005s (loader) + 820ms (kernel) + 4.178s (initrd) + 6.064s (userspace) = 22.779s, as published
PUBLISHED = {
    "FirmwareTimestampMonotonic": "11714000",
    "LoaderTimestampMonotonic": "4005000",
    "InitRDTimestampMonotonic": "820000",
    "UserspaceTimestampMonotonic": "4998000",
    "FinishTimestampMonotonic": "11065000",
    "SecurityStartTimestampMonotonic": "4999000",
}
TARGET = {"ActiveEnterTimestampMonotonic": "11062000"}


def shown(stamps: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in stamps.items())


def systemd(manager: dict[str, str], target: dict[str, str]) -> Programs:
    return Programs(
        {
            "systemctl show -p": shown(manager),
            "systemctl show default.target": shown(target),
        }
    )


def test_the_phases_of_a_published_start_add_up() -> None:
    phases = from_systemd(PUBLISHED, {}, None)

    assert phases.firmware_seconds == 7.709
    assert phases.loader_seconds == 4.005
    assert phases.kernel_seconds == pytest.approx(0.820 + 4.178)
    assert phases.userspace_seconds == pytest.approx(6.067)
    assert phases.to_login_seconds == pytest.approx(22.779)


def test_the_default_target_counts_rather_than_a_timer_s_job_that_ends_later() -> None:
    late = {**PUBLISHED, "FinishTimestampMonotonic": "95000000"}

    phases = from_systemd(late, TARGET, None)

    assert phases.userspace_seconds == pytest.approx(6.064)
    assert phases.to_login_seconds == pytest.approx(22.776)


def test_a_start_without_an_end_is_not_complete() -> None:
    phases = from_systemd({**PUBLISHED, "FinishTimestampMonotonic": "0"}, {"ActiveEnterTimestampMonotonic": "0"}, None)

    assert not phases.is_complete
    assert phases.userspace_seconds is None
    assert phases.to_login_seconds is None


def test_firmware_that_claims_more_than_an_hour_tells_nothing() -> None:
    phases = from_systemd({**PUBLISHED, "FirmwareTimestampMonotonic": "16680800000"}, TARGET, None)

    assert phases.firmware_seconds is None
    assert phases.loader_seconds == 4.005
    assert phases.to_login_seconds == pytest.approx(11.062)


@pytest.mark.parametrize(
    ("on", "loader", "expected"),
    [
        ("602684000", "23462000", (None, 23.462, 11.062)),  # systemd 8422: it counts on through warm restarts
        ("1044177000", "16823000", (None, 16.823, 11.062)),  # Dasharo 761
        ("1711222000", "132000", (None, 0.132, 11.062)),  # systemd 22060
        ("95000000", "5000000", (90.0, 5.0, 106.062)),  # slow, and believed
        ("180000000", "2000000", (178.0, 2.0, 191.062)),
        ("140000000", "120000000", (20.0, 120.0, 151.062)),  # somebody let the menu stand
        ("3000000", "5000000", (None, 5.0, 11.062)),  # the firmware began after the loader
    ],
)
def test_firmware_that_did_not_begin_at_zero_tells_nothing(
    on: str, loader: str, expected: tuple[float | None, float, float]
) -> None:
    stamps = {**PUBLISHED, "FirmwareTimestampMonotonic": on, "LoaderTimestampMonotonic": loader}

    phases = from_systemd(stamps, TARGET, None)

    assert (phases.firmware_seconds, phases.loader_seconds) == expected[:2]
    assert phases.to_login_seconds == pytest.approx(expected[2])


def test_the_firmware_s_own_table_is_held_to_the_same(tmp_path: Path) -> None:
    bios = {**PUBLISHED, "FirmwareTimestampMonotonic": "0", "LoaderTimestampMonotonic": "0"}

    phases = from_systemd(bios, TARGET, (400.0, 3.0))

    assert phases.firmware_seconds is None
    assert phases.to_login_seconds == pytest.approx(11.062)


@pytest.mark.parametrize(
    ("finish", "target", "took"),
    [
        ("12000000", "18000000000", 12.0),  # left for a rescue, and entered again after five hours
        ("12000000", "47000000", 12.0),  # entered again within the minute
        ("95000000", "11062000", 11.062),  # a timer's job held Finish up
        ("0", "18000000000", None),  # Finish never came: nobody knows
        ("0", "900000000", 900.0),  # slow, and told
        ("412000000", "409000000", 409.0),
    ],
)
def test_a_target_entered_again_is_not_the_end_of_the_start(finish: str, target: str, took: float | None) -> None:
    bios = {**PUBLISHED, "FirmwareTimestampMonotonic": "0", "LoaderTimestampMonotonic": "0"}

    phases = from_systemd(
        {**bios, "FinishTimestampMonotonic": finish}, {"ActiveEnterTimestampMonotonic": target}, None
    )

    assert phases.to_login_seconds == took
    assert phases.is_complete


def test_a_soft_restart_s_target_entered_again_is_not_its_end(tmp_path: Path) -> None:
    soft = {
        **PUBLISHED,
        "SoftRebootStartTimestampMonotonic": "900000000",
        "FinishTimestampMonotonic": "907000000",
    }

    phases = from_systemd(soft, {"ActiveEnterTimestampMonotonic": "8000000000"}, None)

    assert (phases.start_kind, phases.to_login_seconds) == ("soft", 7.0)


def test_without_a_firmware_stamp_its_part_is_unknown_and_not_zero() -> None:
    bios = {**PUBLISHED, "FirmwareTimestampMonotonic": "0", "LoaderTimestampMonotonic": "0"}

    phases = from_systemd(bios, TARGET, None)

    assert phases.firmware_seconds is None
    assert phases.loader_seconds is None
    assert phases.to_login_seconds == pytest.approx(11.062)


def test_the_firmware_s_own_table_stands_in() -> None:
    bios = {**PUBLISHED, "FirmwareTimestampMonotonic": "0", "LoaderTimestampMonotonic": "0"}

    phases = from_systemd(bios, TARGET, (9.0, 2.5))

    assert phases.firmware_seconds == 6.5
    assert phases.loader_seconds == 2.5
    assert phases.to_login_seconds == pytest.approx(20.062)


def test_a_soft_restart_has_no_firmware_and_counts_from_its_own_beginning() -> None:
    soft = {
        **PUBLISHED,
        "SoftRebootStartTimestampMonotonic": "900000000",
        "UserspaceTimestampMonotonic": "901000000",
        "FinishTimestampMonotonic": "907000000",
    }

    phases = from_systemd(soft, {"ActiveEnterTimestampMonotonic": "906000000"}, (9.0, 2.5))

    assert phases == Phases(
        source="systemd",
        start_kind="soft",
        userspace_seconds=6.0,
        to_login_seconds=6.0,
        soft_started_seconds=900.0,
    )


def test_a_target_reached_before_a_soft_restart_is_not_its_end() -> None:
    soft = {**PUBLISHED, "SoftRebootStartTimestampMonotonic": "900000000"}

    assert not from_systemd(soft, TARGET, None).is_complete


def test_in_a_container_only_its_own_services_count() -> None:
    container = {
        "UserspaceTimestampMonotonic": "500000000",
        "FinishTimestampMonotonic": "502500000",
        "SecurityStartTimestampMonotonic": "0",
    }

    phases = from_systemd(container, {}, (9.0, 2.5))

    assert phases.userspace_seconds == 2.5
    assert (phases.firmware_seconds, phases.kernel_seconds, phases.to_login_seconds) == (None, None, None)
    assert phases.start_kind == "unknown"


def test_a_service_manager_that_does_not_answer_in_time_tells_no_durations(tmp_path: Path) -> None:
    host = device(tmp_path, {"run/systemd/system/x": ""}, programs=Programs({"systemctl": LATE}))

    told = boot.SOURCE.look(host, past())

    assert told.boot is not None
    assert (told.boot.source, told.boot.to_login_seconds, told.boot.start_kind) == ("uptime", None, "full")


def test_a_finished_start_is_told_once_and_an_unfinished_one_later(tmp_path: Path) -> None:
    unfinished = device(
        tmp_path, {"run/systemd/system/x": ""}, programs=systemd(PUBLISHED | {"FinishTimestampMonotonic": "0"}, {})
    )
    finished = device(tmp_path, {}, programs=systemd(PUBLISHED, TARGET))

    early = boot.SOURCE.look(unfinished, past(since_boot=12.0))
    told = boot.SOURCE.look(finished, past())
    again = boot.SOURCE.look(finished, past({"boot": mark_of(told)}))

    assert (early.boot, early.is_later) == (None, True)
    assert told.boot is not None
    check_on_wire(told.boot)
    assert told.boot.boot_id == BOOT
    assert told.boot.source == "systemd"
    assert told.boot.booted_at == NOW - timedelta(seconds=600)
    assert (again.boot, again.is_later) == (None, False)


def test_a_start_that_never_ends_is_told_with_what_is_known(tmp_path: Path) -> None:
    stuck = device(
        tmp_path, {"run/systemd/system/x": ""}, programs=systemd(PUBLISHED | {"FinishTimestampMonotonic": "0"}, {})
    )

    told = boot.SOURCE.look(stuck, past(since_boot=1801.0))

    assert told.boot is not None
    assert told.boot.firmware_seconds == 7.709
    assert told.boot.to_login_seconds is None


def test_asked_anew_the_same_start_is_told_with_the_same_verdict(tmp_path: Path) -> None:
    host = device(tmp_path, {"run/systemd/system/x": ""}, programs=systemd(PUBLISHED, TARGET))
    mark = marking(told=BOOT, verdict=["unclean", "battery_empty"])

    told = boot.SOURCE.look(host, past({"boot": mark}, is_asked_anew=True))

    assert told.boot is not None
    assert (told.boot.previous_stop, told.boot.stop_cause) == ("unclean", "battery_empty")


def test_a_soft_restart_is_a_start_of_its_own_though_the_kernel_s_id_stays(tmp_path: Path) -> None:
    soft = {**PUBLISHED, "SoftRebootStartTimestampMonotonic": "900000000", "FinishTimestampMonotonic": "907000000"}
    host = device(tmp_path, {"run/systemd/system/x": ""}, programs=systemd(soft, {}))

    told = boot.SOURCE.look(host, past({"boot": marking(told=BOOT)}, awake=1000.0, since_boot=5000.0))

    assert told.boot is not None
    assert told.boot.boot_id != BOOT
    assert told.boot.start_kind == "soft"
    assert told.boot.booted_at == NOW - timedelta(seconds=100)
    assert told.boot.previous_stop == "clean"


def stat(name: str, ticks: int) -> str:
    return f"77 ({name}) S 1 77 77 0 -1 4194560 " + "0 " * 12 + f"{ticks} 0 0"


def test_without_systemd_the_login_service_s_start_counts_and_is_named(tmp_path: Path) -> None:
    host = device(
        tmp_path,
        {"proc/77/stat": stat("agetty", 950), "proc/80/stat": stat("lightdm", 1234), "proc/81/stat": stat("bash", 10)},
    )

    told = boot.SOURCE.look(host, past())

    assert told.boot is not None
    assert told.boot.source == "proc"
    assert told.boot.to_login_seconds == 12.34
    assert told.boot.userspace_seconds is None


def test_a_login_service_restarted_later_says_nothing_of_the_start(tmp_path: Path) -> None:
    host = device(tmp_path, {"proc/77/stat": stat("agetty", 500_000)})

    told = boot.SOURCE.look(host, past(since_boot=9000.0))

    assert told.boot is not None
    assert told.boot.source == "uptime"


def test_with_no_login_service_the_start_is_an_instant_only(tmp_path: Path) -> None:
    host = device(tmp_path)

    early = boot.SOURCE.look(host, past(since_boot=20.0))
    told = boot.SOURCE.look(host, past())

    assert early.is_later
    assert told.boot is not None
    assert told.boot.source == "uptime"
    assert (told.boot.to_login_seconds, told.boot.kernel_seconds) == (None, None)


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        ("2500000000", "9000000000", (9.0, 6.5)),
        ("2500000000", "0", None),
        ("9000000000", "2500000000", None),
        ("1", "3600000000001", None),
    ],
)
def test_the_firmware_s_table_is_believed_as_systemd_does(
    tmp_path: Path, began: str, ended: str, expected: tuple[float, float] | None
) -> None:
    table = "sys/firmware/acpi/fpdt/boot"
    host = device(tmp_path, {f"{table}/bootloader_launch_ns": began, f"{table}/exitbootservice_end_ns": ended})

    assert startup.read(host).firmware == expected
