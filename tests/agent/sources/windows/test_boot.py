"""What a Windows device tells of its starts: which measurement is taken, what is told once, and what nobody saw."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rollcall_agent.sources.source import Past, Told
from rollcall_agent.sources.windows.boot import IS_UNTRACED, SOURCE, StartReading
from rollcall_agent.sources.windows.log.channel import Reading
from rollcall_wire.reports import Boot
from tests.support.device import check_on_wire, mark_of, past
from tests.support.windows.logs import AT, MEASURED, reading, start, xml

KERNEL = AT - timedelta(seconds=12)
NOW = AT + timedelta(minutes=10)
FIRMWARE: dict[str, Any] = {
    "ResetEndStart": 0,
    "LoadOSImageStart": 12609,
    "StartOSImageStart": 12621,
    "ExitBootServicesExit": 12990,
}
MEASURES: dict[str, Any] = {
    "BootTime": 39759,
    "MainPathBootTime": 24959,
    "SessionInitStartTimeMS": 2600,
    "WinLogonStartTimeMS": 4618,
    "BootAutoChkTime": 0,
    "BootIsRebootAfterInstall": "false",
}
NOTHING = Reading(state="absent")


def measured(record: int = 1, *, off: timedelta = timedelta(milliseconds=30), **more: Any) -> str:
    """Event 100 of the start at AT; synthetic, with the numbers of a real one."""
    began = f"{KERNEL + off:%Y-%m-%dT%H:%M:%S.%f}Z"
    return xml("measured", 100, record, channel=MEASURED, **{**MEASURES, "BootStartTime": began, **more})


def looked(texts: list[str], *measurements: str, is_traced: bool | None = True) -> StartReading:
    return StartReading(
        log=reading(texts),
        measured=reading(measurements) if measurements else Reading(state="read"),
        is_traced=is_traced,
        os_version="Windows 11 Pro 23H2 (22631.4317)",
    )


def at_ten_past(marks: Mapping[str, str] | None = None, *, boot: str = "b" * 32, **more: Any) -> Past:
    return past(marks, boot_id=boot, now=more.pop("now", NOW), since_boot=more.pop("since_boot", 612.0), **more)


def boot_of(told: Told) -> Boot:
    assert told.boot is not None
    check_on_wire(told.boot, *told.more_boots, *told.failures)
    return told.boot


def with_firmware(texts: list[str]) -> list[str]:
    return [*texts, xml("boot", 30, 15, at=KERNEL, **FIRMWARE)]


def test_a_measured_start_is_told_with_its_parts_from_power_on_to_the_login() -> None:
    told = SOURCE.tell(looked(with_firmware(start(1)), measured()), at_ten_past())

    found = boot_of(told)
    assert (found.source, found.start_kind, found.previous_stop) == ("event_log", "full", "clean")
    assert (found.firmware_seconds, found.loader_seconds) == (12.609, 0.381)
    assert (found.kernel_seconds, found.userspace_seconds) == (2.6, 2.018)
    assert found.to_login_seconds == pytest.approx(12.99 + 4.618)


REJECTED = {
    "an hour off": {"off": timedelta(hours=1)},
    "two seconds off": {"off": timedelta(seconds=2)},
    "after an installation": {"BootIsRebootAfterInstall": "true"},
    "after an installation, as a number": {"BootIsRebootAfterInstall": 1},
    "with a check of the disk": {"BootAutoChkTime": 64000},
    "without the number": {"WinLogonStartTimeMS": ""},
    "zero": {"WinLogonStartTimeMS": 0},
    "four hours": {"WinLogonStartTimeMS": 14_400_000},
}


@pytest.mark.parametrize("more", REJECTED.values(), ids=REJECTED)
def test_a_measurement_that_is_not_surely_of_this_start_is_not_taken(more: dict[str, Any]) -> None:
    told = SOURCE.tell(
        looked(start(1), measured(**more)), at_ten_past(since_boot=1000.0, now=AT + timedelta(seconds=988))
    )

    found = boot_of(told)
    assert (found.to_login_seconds, found.kernel_seconds, found.userspace_seconds) == (None, None, None)


def test_two_measurements_of_one_start_are_none() -> None:
    told = SOURCE.tell(looked(start(1), measured(1), measured(2), is_traced=None), at_ten_past())

    assert boot_of(told).to_login_seconds is None


def test_the_first_start_of_an_image_is_not_measured() -> None:
    told = SOURCE.tell(looked(start(1, boot_id=0, good=False), measured(), is_traced=None), at_ten_past())

    found = boot_of(told)
    assert (found.to_login_seconds, found.previous_stop) == (None, "clean")


@pytest.mark.parametrize(
    "more", [{"ExitBootServicesExit": 16_680_800}, {"LoadOSImageStart": 13_000}, {"LoadOSImageStart": 0}]
)
def test_nonsense_of_the_firmware_is_not_measured(more: dict[str, Any]) -> None:
    texts = [*start(1), xml("boot", 30, 15, at=KERNEL, **{**FIRMWARE, **more})]

    told = SOURCE.tell(looked(texts, measured()), at_ten_past())

    found = boot_of(told)
    assert (found.firmware_seconds, found.loader_seconds, found.to_login_seconds) == (None, None, 4.618)


def test_a_start_waits_for_its_measurement_but_not_for_ever_nor_where_nobody_measures() -> None:
    waits = SOURCE.tell(looked(start(1)), at_ten_past())
    gives_up = SOURCE.tell(looked(start(1)), at_ten_past(since_boot=901.0, now=AT + timedelta(seconds=889)))
    untraced = SOURCE.tell(looked(start(1), is_traced=False), at_ten_past())

    assert (waits.is_later, waits.boot) == (True, None)
    assert boot_of(gives_up).to_login_seconds is None
    assert boot_of(untraced).to_login_seconds is None
    assert untraced.missing == (IS_UNTRACED,)


def test_a_start_is_told_once_and_again_only_when_asked() -> None:
    seen = looked(start(1, is_clean=False, dirty={"BugcheckCode": 159}), is_traced=None)
    first = SOURCE.tell(seen, at_ten_past())
    marks = {"boot": mark_of(first)}

    again = SOURCE.tell(seen, at_ten_past(marks))
    asked = SOURCE.tell(seen, at_ten_past(marks, is_asked_anew=True))
    cleared = SOURCE.tell(
        replace(seen, log=Reading(state="read", is_broken_off=True)), at_ten_past(marks, is_asked_anew=True)
    )

    assert [one.code for one in first.failures] == ["stop_error"]
    assert first.failures[0].evidence == {"stop_code": 159.0}
    assert first.failures[0].occurred_at == boot_of(first).booted_at
    assert (again.boot, again.failures) == (None, ())
    assert boot_of(asked) == boot_of(first)
    assert asked.failures == ()
    assert (boot_of(cleared).previous_stop, boot_of(cleared).stop_code) == ("unclean", "0x0000009F")


def test_starts_at_which_no_agent_ran_are_told_with_the_next_each_once() -> None:
    earlier = AT - timedelta(hours=2)
    texts = [
        *start(1, at=AT - timedelta(days=1)),
        *start(200, at=earlier, is_clean=False, dirty={"BugcheckCode": 159}),
        *start(400),
    ]
    marks = {
        "boot": mark_of(
            SOURCE.tell(looked(texts[:6], is_traced=None), at_ten_past(boot="a" * 32, now=AT - timedelta(days=1)))
        )
    }

    told = SOURCE.tell(looked(texts, is_traced=None), at_ten_past(marks))
    after = SOURCE.tell(looked(start(400), is_traced=None), at_ten_past({"boot": mark_of(told)}, boot="c" * 32))

    assert boot_of(told).previous_stop == "clean"
    assert [(one.previous_stop, one.stop_code) for one in told.more_boots] == [("unclean", "0x0000009F")]
    assert told.more_boots[0].boot_id not in {"a" * 32, "b" * 32}
    assert [(one.code, one.occurred_at, one.boot_id) for one in told.failures] == [
        ("stop_error", earlier - timedelta(seconds=12), None)
    ]
    assert (after.more_boots, boot_of(after).source) == ((), "uptime")


def test_a_log_whose_last_start_is_of_another_day_says_nothing_of_this_one() -> None:
    told = SOURCE.tell(looked(start(1, at=AT - timedelta(days=3)), is_traced=None), at_ten_past())

    found = boot_of(told)
    assert (found.source, found.previous_stop) == ("uptime", "unknown")


def test_without_a_log_a_start_is_an_instant() -> None:
    told = SOURCE.tell(StartReading(log=NOTHING, measured=NOTHING, is_traced=None, os_version=None), at_ten_past())

    found = boot_of(told)
    assert (found.source, found.previous_stop, found.booted_at) == ("uptime", "unknown", NOW - timedelta(seconds=612))


def test_an_empty_battery_is_why_it_stopped() -> None:
    texts = start(1, is_clean=False, dirty={})
    marks = {"battery": '{"boot":"a","level":3.0,"is_charging":false}'}

    told = SOURCE.tell(looked(texts, is_traced=None), at_ten_past(marks))

    assert boot_of(told).stop_cause == "battery_empty"
