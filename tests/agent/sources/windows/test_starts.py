"""Starts and stops in a Windows system log: a recorded one, and synthetic ones for each cause and each trap."""

from datetime import timedelta
from typing import Any

import pytest

from rollcall_agent.sources.windows.log.starts import find_starts
from rollcall_agent.sources.windows.log.stop import Ended, ended
from rollcall_agent.sources.windows.system_log import count_faults
from tests.support.windows.logs import AT, events, recorded, start, stopped, xml


def verdicts(texts: list[str]) -> list[Ended]:
    """How each run ended, before each of the starts in the log."""
    return [ended(one) for one in find_starts(events(texts)) if one.is_full]


def unclean(texts: list[str]) -> list[str]:
    """The causes of the unclean stops."""
    return [one.cause for one in verdicts(texts) if one.previous == "unclean"]


@pytest.mark.fixtures
def test_a_recorded_log_has_three_starts_no_unclean_stop_and_three_disk_errors() -> None:
    log = recorded()

    faults = count_faults(tuple(events(log)))

    assert [one.previous for one in verdicts(log)] == ["unknown", "clean", "clean"]
    assert faults == {("storage", "io_error"): 3}


@pytest.mark.fixtures
def test_a_stick_pulled_out_is_no_error_of_the_device() -> None:
    log = tuple(events(recorded()))

    assert count_faults(log, own_disks=frozenset({0})) == {("storage", "io_error"): 2}


CAUSES = [
    ({"BugcheckCode": 159}, "", "crash", "0x0000009F"),
    ({"BugcheckCode": "0x9f"}, "", "crash", "0x0000009F"),
    ({}, "0x000000d1 (0x28, 0x2, 0x0, 0xfffff80)", "crash", "0x000000D1"),
    ({"PowerButtonTimestamp": 130849833260468750}, "", "power_button_held", None),
    ({"LongPowerButtonPressDetected": "true"}, "", "power_button_held", None),
    ({"BugcheckCode": 0x1C8}, "", "power_button_held", None),
    ({"SleepInProgress": 4, "PowerButtonTimestamp": 130849833260468750}, "", "power_button_held", None),
    ({"SleepInProgress": "true"}, "", "during_sleep", None),
    ({"ConnectedStandbyInProgress": "true"}, "", "during_sleep", None),
    ({"SleepInProgress": "false"}, "", "power_loss_or_hang", None),
]


@pytest.mark.parametrize(("dirty", "stop_error", "cause", "code"), CAUSES)
def test_four_records_of_one_stop_are_one_incident_with_its_cause(
    dirty: dict[str, Any], stop_error: str, cause: str, code: str | None
) -> None:
    log = [*start(1), *start(200, is_clean=False, dirty=dirty, stop_error=stop_error), *start(400)]

    found = verdicts(log)

    assert [one.previous for one in found] == ["clean", "unclean", "clean"]
    assert (found[1].cause, found[1].code_text) == (cause, code)


def test_one_word_alone_is_an_unclean_stop_of_unknown_cause() -> None:
    only_6008 = [xml("log", 6008, 200), *start(200)[:2], xml("general", 12, 205)]
    only_bad = [xml("general", 12, 300), xml("boot", 20, 301, LastShutdownGood="false", LastBootId=311)]

    assert unclean([*start(1), *only_6008]) == ["unknown"]
    assert unclean([*start(1), *only_bad]) == ["unknown"]


@pytest.mark.parametrize("is_kernel_first", [True, False])
def test_the_log_service_may_speak_before_the_kernel_or_after_it(is_kernel_first: bool) -> None:
    def one(record: int, *, is_dirty: bool) -> list[str]:
        service = [("log", 6008)] * is_dirty + [("log", 6009), ("log", 6005)]
        kernel = [("general", 12), ("boot", 20), ("boot", 27)] + [("power", 41)] * is_dirty
        order = kernel + service if is_kernel_first else service + kernel
        facts: dict[str, Any] = {
            "LastShutdownGood": str(not is_dirty).lower(),
            "LastBootId": record,
            "BootType": 0,
            "BugcheckCode": 0,
        }
        return [xml(provider, number, record + place, **facts) for place, (provider, number) in enumerate(order)]

    log = [*one(1, is_dirty=False), *one(10, is_dirty=True), *one(20, is_dirty=False), *one(30, is_dirty=True)]

    assert [one.previous for one in verdicts(log)] == ["clean", "unclean", "clean", "unclean"]


def test_a_clock_that_is_hours_off_inside_one_start_changes_nothing() -> None:
    log = [*start(1), *start(200, is_clean=False, dirty={}), *start(400)]
    shifted = [
        text.replace(f"{AT:%Y-%m-%dT}", f"{AT + timedelta(days=place % 3 - 1):%Y-%m-%dT}")
        for place, text in enumerate(log)
    ]

    assert verdicts(shifted) == verdicts(log)


def test_numbers_that_other_providers_use_too_mean_nothing() -> None:
    others = [
        xml("DCOM", 10010, 20),
        xml("Windows Error Reporting", 1001, 21, "0x9f", channel="Application"),
        xml("VSS", 13, 22),
        xml("Microsoft-Windows-Kernel-Processor-Power", 41, 23, BugcheckCode=5),
        xml("Microsoft-Windows-Eventlog", 6008, 24),
        xml("Service Control Manager", 7026, 25),
        xml("Ntfs", 98, 26),
        xml("Microsoft-Windows-Kernel-WHEA", 42, 27),
        xml("disk", 12, 28),
    ]

    assert [one.previous for one in verdicts([*start(1), *others, *start(200)])] == ["clean", "clean"]
    assert count_faults(tuple(events(others))) == {}


def test_the_first_start_after_imaging_calls_its_last_shutdown_bad_and_is_no_failure() -> None:
    first = [xml("general", 12, 3), xml("boot", 20, 4, LastShutdownGood="false", LastBootGood="false", LastBootId=0)]

    assert [one.previous for one in verdicts(first)] == ["unknown"]


def test_a_stop_without_a_word_is_unknown() -> None:
    assert [one.previous for one in verdicts([xml("general", 12, 1), xml("general", 12, 500)])] == ["unknown"] * 2


def test_a_log_service_that_was_restarted_is_no_start() -> None:
    restarted = [*stopped(100), xml("log", 6005, 101)]

    assert [one.previous for one in verdicts([*start(1), *restarted, *start(300)])] == ["clean", "clean"]


def test_a_fast_start_is_no_full_start() -> None:
    fast = xml("boot", 27, 150, BootType="0x1", LoadOptions="")

    found = find_starts(events([*start(1), fast, *start(300)]))

    assert [one.is_full for one in found] == [True, False, True]


def test_a_corrupt_part_of_the_log_costs_no_incident_and_makes_none() -> None:
    log = [*start(1), *start(200, is_clean=False, dirty={}), *start(400, is_clean=False, dirty={"BugcheckCode": 26})]
    without_the_kernels_start = [text for text in log if "<EventRecordID>204<" not in text]
    garbled = [text[: len(text) // 2] if "<EventRecordID>201<" in text else text for text in log]

    assert unclean(without_the_kernels_start) == ["power_loss_or_hang", "crash"]
    assert unclean(garbled) == ["power_loss_or_hang", "crash"]


@pytest.mark.parametrize(
    "texts",
    [
        ("08:00:12 \u200e14.\u200e09.\u200e2026", "Das System wurde zuvor am 14.09.2026 unerwartet heruntergefahren"),
        ("\u200e2026/\u200e09/\u200e14", "以前のシステム シャットダウンは予期されていませんでした。"),
    ],
)
def test_the_language_of_the_system_does_not_matter(texts: tuple[str, str]) -> None:
    log = [*start(1), xml("log", 6008, 200, *texts, computer="数学教室"), *start(200, dirty={})[1:]]
    log = [text for text in log if "<EventRecordID>203<" not in text]

    assert unclean(log) == ["power_loss_or_hang"]


def test_records_in_any_order_and_twice_are_read_by_their_numbers() -> None:
    log = [*start(1), *start(200, is_clean=False, dirty={}), *start(400)]

    assert verdicts([*reversed(log), *log]) == verdicts(log)
