"""How the run before ended: one witness alone is not enough where another could have spoken against it."""

import json
from pathlib import Path

import pytest

from rollcall_agent.sources.linux import boot, stop
from rollcall_agent.sources.linux.stop import Witnesses, ended, is_system_stopping
from rollcall_agent.sources.run_flag import Flag, begun, finished, run_before
from tests.support.device import Programs, device, past

OLD_RAW = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("flag", "supervised", "journal", "unsafe", "expected"),
    [
        ("none", False, None, None, "unknown"),
        ("none", False, None, 3, "unknown"),
        ("stopping", False, None, None, "clean"),
        ("stopping", False, None, 0, "clean"),
        ("stopping", False, False, 0, "clean"),  # not every clean way down passes the login service
        ("stopping", False, None, 1, "unknown"),  # we saw it go down, the disk saw the power go: who held the button?
        ("stopping", False, True, 1, "clean"),
        ("running", True, True, None, "clean"),  # the agent was killed first
        ("running", True, True, 1, "unclean"),
        ("running", False, False, None, "unclean"),
        ("running", False, False, 0, "unclean"),
        ("running", False, None, 2, "unclean"),
        ("running", True, None, None, "unclean"),
        ("running", True, None, 0, "unknown"),
        ("running", False, None, None, "unknown"),  # nobody would have started a killed agent again
        ("left", True, None, None, "unknown"),
        ("left", True, True, None, "clean"),
        ("left", True, None, 1, "unclean"),
    ],
)
def test_the_witnesses_agree_on(
    flag: Flag, supervised: bool, journal: bool | None, unsafe: int | None, expected: str
) -> None:
    seen = Witnesses(flag=flag, is_supervised=supervised, has_journal_shutdown=journal, unsafe_stops_added=unsafe)

    assert ended(seen)[0] == expected


def test_a_panic_is_a_crash_whatever_else_is_said() -> None:
    assert ended(Witnesses(flag="stopping", has_panicked=True)) == ("unclean", "crash")


def test_an_unclean_stop_on_an_empty_battery_is_no_hang() -> None:
    seen = Witnesses(flag="running", has_journal_shutdown=False, was_battery_empty=True)

    assert ended(seen) == ("unclean", "battery_empty")


def test_an_agent_s_own_restart_is_no_stop_of_the_device() -> None:
    first = begun(None, boot_id="a", raw_boot_id=OLD_RAW, is_supervised=True)
    left = finished(first, is_system_stopping=False)
    again = begun(left, boot_id="a", raw_boot_id=OLD_RAW, is_supervised=True)

    assert run_before(again) == {}
    assert json.loads(again)["this"]["flag"] == "running"


def test_the_next_start_sees_how_the_last_run_was_flagged() -> None:
    first = begun(None, boot_id="a", raw_boot_id=OLD_RAW, is_supervised=True)
    stopped = finished(first, is_system_stopping=True)
    next_start = begun(stopped, boot_id="b", raw_boot_id="raw-b", is_supervised=True)
    restarted_agent = begun(next_start, boot_id="b", raw_boot_id="raw-b", is_supervised=True)

    assert run_before(next_start)["flag"] == "stopping"
    assert run_before(restarted_agent)["raw"] == OLD_RAW


@pytest.mark.parametrize(("said", "expected"), [("stopping\n", True), ("running\n", False), ("degraded\n", False)])
def test_only_the_service_manager_s_word_makes_a_clean_stop(tmp_path: Path, said: str, expected: bool) -> None:
    host = device(tmp_path, {"run/systemd/system/x": ""}, programs=Programs({"systemctl is-system-running": said}))

    assert is_system_stopping(host) is expected


@pytest.mark.parametrize(
    ("said", "expected"), [("N 2\n", False), ("2 0\n", True), ("2 6\n", True), ("unknown\n", False)]
)
def test_without_systemd_the_run_level_tells(tmp_path: Path, said: str, expected: bool) -> None:
    assert is_system_stopping(device(tmp_path, programs=Programs({"runlevel": said}))) is expected


def test_when_nobody_can_say_it_is_no_stop(tmp_path: Path) -> None:
    assert not is_system_stopping(device(tmp_path))


@pytest.mark.parametrize(("noted", "expected"), [(OLD_RAW, "clean"), ("another start", "unclean")])
def test_an_agent_that_was_killed_before_a_clean_stop_has_another_who_noted_it(
    tmp_path: Path, noted: str, expected: str
) -> None:
    killed = begun(None, boot_id="a", raw_boot_id=OLD_RAW, is_supervised=True)
    marks = {"run": begun(killed, boot_id="b" * 32, raw_boot_id="raw-b", is_supervised=True)}

    told = boot.SOURCE.look(device(tmp_path, {stop.NOTE: f"{noted}\n"}, marks=marks), past(marks))

    assert told.boot is not None
    assert told.boot.previous_stop == expected


def journal(*, has_entries: bool, has_shutdown: bool) -> Programs:
    ask = f"journalctl -q --no-pager -o json --output-fields=MESSAGE_ID -n 1 _BOOT_ID={OLD_RAW.replace('-', '')}"
    return Programs(
        {
            f"{ask} _PID=1": '{"MESSAGE_ID":"x"}\n' if has_entries else "",
            f"{ask} MESSAGE_ID={stop.SHUTDOWN}": '{"MESSAGE_ID":"y"}\n' if has_shutdown else "",
        }
    )


@pytest.mark.parametrize(
    ("has_entries", "has_shutdown", "expected"), [(True, True, True), (True, False, False), (False, True, None)]
)
def test_the_journal_is_a_witness_only_where_it_holds_that_run(
    tmp_path: Path, has_entries: bool, has_shutdown: bool, expected: bool | None
) -> None:
    host = device(tmp_path, programs=journal(has_entries=has_entries, has_shutdown=has_shutdown))

    assert stop.has_journal_shutdown(host, OLD_RAW) is expected


def test_without_journalctl_there_is_no_such_witness(tmp_path: Path) -> None:
    assert stop.has_journal_shutdown(device(tmp_path), OLD_RAW) is None


def test_the_boot_report_tells_of_the_stop_before_it(tmp_path: Path) -> None:
    run = begun(
        begun(None, boot_id="a", raw_boot_id=OLD_RAW, is_supervised=True),
        boot_id="b" * 32,
        raw_boot_id="raw-b",
        is_supervised=True,
    )
    marks = {"run": run, "battery": '{"boot": "a", "level": 3.0, "is_charging": false}'}
    host = device(tmp_path, programs=journal(has_entries=True, has_shutdown=False), marks=marks)

    told = boot.SOURCE.look(host, past(marks))

    assert told.boot is not None
    assert (told.boot.previous_stop, told.boot.stop_cause) == ("unclean", "battery_empty")
