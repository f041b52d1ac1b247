"""The service unit: what it promises, held against the agent and, where installed, against systemd's own check."""

import re
import shutil
import subprocess
from pathlib import Path

from rollcall_agent.cli import VERBS
from tests.support.require import ROOT, lacking

UNIT = ROOT / "agent/service/rollcall-agent.service"


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


def test_what_needs_no_root_has_no_capability() -> None:
    unit = stated((UNIT.parent / "without-smart.conf").read_text())

    assert unit["CapabilityBoundingSet"] == ""
    assert unit["DynamicUser"] == "yes"


def test_systemd_takes_both_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        lacking("systemd-analyze is not installed here")
    program = str(shutil.which("true"))
    text = UNIT.read_text().replace("/opt/rollcall-agent/bin/rollcall-agent", program)
    (tmp_path / UNIT.name).write_text(text)
    drop_in = tmp_path / f"{UNIT.name}.d"
    drop_in.mkdir()

    plain = subprocess.run(
        [analyze, "verify", tmp_path / UNIT.name], capture_output=True, text=True, timeout=60, check=False
    )
    shutil.copy(UNIT.parent / "without-smart.conf", drop_in)
    without = subprocess.run(
        [analyze, "verify", tmp_path / UNIT.name], capture_output=True, text=True, timeout=60, check=False
    )

    assert (plain.returncode, plain.stderr) == (0, "")
    assert (without.returncode, without.stderr) == (0, "")
