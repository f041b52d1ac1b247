"""A drive's counters are read by published rules, and each finding names its rule."""

import pytest

from rollcall_collector.judge.findings.drive_rules import BACKBLAZE, NVME, DriveAction, DriveCounters, judge_drive


def test_nothing_measured_is_nothing_found() -> None:
    assert judge_drive(DriveCounters()) == ()


def test_a_healthy_drive_is_left_alone() -> None:
    drive = DriveCounters(
        reallocated_sectors=0,
        pending_sectors=0,
        media_errors=0,
        critical_warning=0,
        spare_percent=100,
        spare_least_percent=10,
        wear_percent=35,
        emmc_end_of_life=1,
        emmc_life_used=3,
    )

    assert judge_drive(drive, drive) == ()


def test_old_errors_are_a_reason_to_watch_and_growing_ones_to_replace() -> None:
    drive = DriveCounters(reallocated_sectors=8, pending_sectors=3)

    old = judge_drive(drive, drive)
    growing = judge_drive(drive, DriveCounters(reallocated_sectors=2, pending_sectors=1))

    assert {one.action for one in old} == {DriveAction.WATCH}
    assert [(one.action, one.counter) for one in growing] == [
        (DriveAction.REPLACE_DRIVE, "pending_sectors"),
        (DriveAction.WATCH, "reallocated_sectors"),
    ]
    assert growing[0].before == 1
    assert growing[0].source == BACKBLAZE


def test_growth_needs_an_earlier_reading() -> None:
    (found,) = judge_drive(DriveCounters(media_errors=4), DriveCounters())

    assert (found.action, found.before, found.source) == (DriveAction.WATCH, None, NVME)


@pytest.mark.parametrize(
    ("drive", "action"),
    [
        (DriveCounters(critical_warning=0b1), DriveAction.REPLACE_DRIVE),
        (DriveCounters(critical_warning=0b10), DriveAction.WATCH),
        (DriveCounters(critical_warning=0b1000), DriveAction.REPLACE_DRIVE),
        (DriveCounters(spare_percent=8, spare_least_percent=10), DriveAction.REPLACE_DRIVE),
        (DriveCounters(wear_percent=100), DriveAction.WATCH),
        (DriveCounters(emmc_end_of_life=2), DriveAction.WATCH),
        (DriveCounters(emmc_life_used=0x0A), DriveAction.WATCH),
        (DriveCounters(command_timeouts=2), DriveAction.WATCH),
    ],
)
def test_each_published_rule_speaks(drive: DriveCounters, action: DriveAction) -> None:
    (found,) = judge_drive(drive)

    assert found.action is action
