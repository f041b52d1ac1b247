"""Which complaints in a Windows system log are failures of the device, and which are none."""

import pytest

from rollcall_agent.sources.windows import app_crashes
from rollcall_agent.sources.windows.log.channel import Reading
from rollcall_agent.sources.windows.log.event import OWN_SERVICE
from rollcall_agent.sources.windows.system_log import SOURCE, LogReading
from tests.support.device import check_on_wire, mark_of, past
from tests.support.windows.logs import reading, recorded, xml

DISK_0, DISK_1 = r"\Device\Harddisk0\DR0", r"\Device\Harddisk1\DR1"


def log(*texts: str, disks: frozenset[int] | None = None, drive: int | None = None) -> LogReading:
    return LogReading(log=reading([*texts, xml("log", 6013, 9999)]), own_disks=disks, system_drive=drive)


def faults(found: LogReading, marks: dict[str, str] | None = None) -> list[tuple[str, str, int]]:
    told = SOURCE.tell(found, past(marks))
    check_on_wire(*told.failures)
    return [(one.channel, one.code, one.count) for one in told.failures]


@pytest.mark.fixtures
def test_a_recorded_log_tells_of_the_built_in_disk_alone() -> None:
    found = LogReading(log=reading(recorded()), own_disks=frozenset({0}), system_drive=ord("C"))

    assert faults(found) == [("storage", "io_error", 2)]


FAULTS = [
    ("whea", 18, ("hardware", "machine_check")),
    ("whea", 17, ("hardware", "pcie_error")),
    ("whea", 46, ("hardware", "memory_uncorrected")),
    ("whea", 47, ("hardware", "memory_corrected")),
    ("disk", 7, ("storage", "media_errors")),
    ("Disk", 11, ("storage", "io_error")),
    ("disk", 52, ("storage", "smart_failing")),
    ("disk", 153, ("storage", "io_error")),
    ("disk", 154, ("storage", "io_error")),
    ("Ntfs", 55, ("storage", "filesystem_error")),
    ("Microsoft-Windows-Ntfs", 55, ("storage", "filesystem_error")),
    ("Display", 4101, ("crash", "gpu_reset")),
    ("Service Control Manager", 7031, ("crash", "service_failed")),
]


@pytest.mark.parametrize(("provider", "number", "expected"), FAULTS)
def test_a_complaint_is_a_failure(provider: str, number: int, expected: tuple[str, str]) -> None:
    assert faults(log(xml(provider, number, 1, DISK_0))) == [(*expected, 1)]


def test_sticks_other_drives_and_the_agents_own_service_are_none() -> None:
    found = log(
        xml("disk", 51, 1, DISK_1),
        xml("Ntfs", 55, 2, DriveName="E:"),
        xml("Service Control Manager", 7031, 3, param1=OWN_SERVICE, param2=1),
        xml("Service Control Manager", 7034, 4, param1="Spooler of Maria", param2=1),
        disks=frozenset({0}),
        drive=ord("C"),
    )

    assert faults(found) == [("crash", "service_failed", 1)]


def test_a_flood_of_corrected_errors_is_one_a_day() -> None:
    flood = log(*(xml("whea", 17, number) for number in range(1, 500)))
    first = SOURCE.tell(flood, past())

    assert [(one.count, one.evidence) for one in first.failures] == [(1, {"delta": 499.0})]
    assert faults(flood, {"system_log": mark_of(first)}) == []


def test_a_cleared_log_is_said_as_long_as_this_start_lasts() -> None:
    cleared = LogReading(
        log=Reading(state="read", end=reading([xml("log", 6013, 1)]).end, is_broken_off=True),
        own_disks=None,
        system_drive=None,
    )
    first = SOURCE.tell(cleared, past())
    marks = {"system_log": mark_of(first)}

    later = SOURCE.tell(log(), past(marks))
    next_start = SOURCE.tell(log(), past(marks, boot_id="c" * 32))

    assert first.missing == later.missing != ()
    assert next_start.missing == ()


def test_a_log_that_may_not_be_read_is_missing() -> None:
    told = SOURCE.tell(LogReading(log=Reading(state="forbidden"), own_disks=None, system_drive=None), past())

    assert (told.has_found, len(told.missing)) == (False, 1)


def test_programs_that_crash_are_counted_and_not_named() -> None:
    crashed = xml("Application Error", 1000, 1, "steam-game.exe", r"C:\Users\maria\game.exe", channel="Application")

    told = app_crashes.SOURCE.tell(reading([crashed, crashed.replace("ID>1<", "ID>2<")]), past())

    check_on_wire(*told.failures)
    assert [(one.code, one.count) for one in told.failures] == [("app_crash", 2)]
    assert "maria" not in repr(told)
    assert "game" not in repr(told)
