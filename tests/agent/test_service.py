"""The service unit: what it promises, held against the agent and, where installed, against systemd's own check."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from rollcall_agent.cli import VERBS
from rollcall_agent.resident.identity import ENROLL_RETRY_SECONDS
from rollcall_agent.resident.loop import OUTBOX_REST_SECONDS, WAIT_SECONDS_MAX
from rollcall_agent.sources.linux.stop import NOTE
from tests.support.require import ROOT, lacking

UNIT = ROOT / "agent/service/rollcall-agent.service"
CLEAN_STOP = UNIT.with_name("rollcall-clean-stop.service")
HOOK = UNIT.with_name("system-sleep")


def stated(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", text, flags=re.MULTILINE))


def test_it_runs_a_verb_that_exists_and_never_slows_the_start_it_measures() -> None:
    unit = stated(UNIT.read_text())

    assert unit["ExecStart"].split()[1:] == ["run"]
    assert "run" in VERBS
    assert unit["Type"] == "exec"
    assert "network-online" not in unit["After"]


def test_a_dead_agent_is_started_again_so_that_a_missing_stop_flag_means_something() -> None:
    unit = stated(UNIT.read_text())

    assert unit["Restart"] == "always"
    assert "DefaultDependencies" not in unit, "without them it is not stopped before the system is"


def test_an_agent_that_hangs_is_started_again_and_one_that_sleeps_is_not() -> None:
    unit = stated(UNIT.read_text())

    minutes = int(unit["WatchdogSec"].removesuffix("min"))

    assert minutes * 60 > 2 * max(WAIT_SECONDS_MAX, OUTBOX_REST_SECONDS, *ENROLL_RETRY_SECONDS)


def test_what_needs_no_root_has_no_capability() -> None:
    unit = stated((UNIT.parent / "without-smart.conf").read_text())

    assert unit["CapabilityBoundingSet"] == ""
    assert unit["DynamicUser"] == "yes"


def test_systemd_takes_all_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        lacking("systemd-analyze is not installed here")
    program = str(shutil.which("true"))
    text = UNIT.read_text().replace("/opt/rollcall-agent/bin/rollcall-agent", program)
    (tmp_path / UNIT.name).write_text(text)
    shutil.copy(CLEAN_STOP, tmp_path)
    drop_in = tmp_path / f"{UNIT.name}.d"
    drop_in.mkdir()

    plain = subprocess.run(
        [analyze, "verify", tmp_path / UNIT.name, tmp_path / CLEAN_STOP.name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    shutil.copy(UNIT.parent / "without-smart.conf", drop_in)
    without = subprocess.run(
        [analyze, "verify", tmp_path / UNIT.name], capture_output=True, text=True, timeout=60, check=False
    )

    assert (plain.returncode, plain.stderr) == (0, "")
    assert (without.returncode, without.stderr) == (0, "")


CLEAN_STOP_SAYS = [("stopping", True), ("running", False), ("degraded", False)]


@pytest.mark.parametrize(("said", "is_noted"), CLEAN_STOP_SAYS)
def test_only_a_system_that_goes_down_is_noted_as_a_clean_stop(tmp_path: Path, said: str, is_noted: bool) -> None:
    command = stated(CLEAN_STOP.read_text())["ExecStop"].removeprefix("-").replace("$$", "$")
    note = tmp_path / Path(NOTE).name
    (tmp_path / "systemctl").write_text(f"#!/bin/sh\necho {said}\n")
    (tmp_path / "systemctl").chmod(0o755)

    subprocess.run(
        shlex.split(command.replace(f"/{NOTE}", str(note))),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        timeout=60,
        check=True,
    )

    assert note.exists() is is_noted
    assert is_noted is False or note.read_text() == Path("/proc/sys/kernel/random/boot_id").read_text()


def test_the_sleep_waits_until_the_look_before_it_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "outbox.sqlite3-wal"
    hook = tmp_path / "hook"
    hook.write_text(HOOK.read_text().replace("/var/lib/rollcall-agent", str(tmp_path)))
    asked = tmp_path / "asked"
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$@" >{asked}\n(sleep 0.3; echo x >>{kept}) &\n')
    for program in (hook, tmp_path / "systemctl"):
        program.chmod(0o755)

    subprocess.run(
        [hook, "pre", "suspend"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, timeout=60, check=True, stderr=None
    )

    assert asked.read_text().split() == ["kill", "--kill-who=main", "--signal=USR1", "rollcall-agent"]
    assert kept.exists()
