"""The playbooks as they stand: clean to the linter's strictest profile, and of one mind with the product."""

import subprocess
import sys
from pathlib import Path

import pytest

from rollcall_collector.broker.mosquitto_files import ACL, configuration
from tests.support.agents import environment
from tests.support.require import ROOT

PROGRAMS = Path(sys.executable).parent
ANSIBLE = ROOT / "ansible"
BROKER = ANSIBLE / "roles/broker/templates"


@pytest.mark.slow
def test_the_linter_finds_nothing_by_its_production_profile(tmp_path: Path) -> None:
    said = subprocess.run(
        [PROGRAMS / "ansible-lint", "--offline", "--format", "pep8"],
        cwd=ANSIBLE,
        env=environment(HOME=str(tmp_path), NO_COLOR="1", PATH=f"{PROGRAMS}:/usr/bin:/bin"),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )

    assert (said.returncode, said.stdout) == (0, ""), said.stderr


def test_the_broker_of_the_role_is_set_as_the_collectors_own_child_is() -> None:
    ours = configuration(folder=Path("/rollcall"), host="127.0.0.1", port=1, tls=None).partition("\nlistener ")[0]

    theirs = (BROKER / "mosquitto.conf.j2").read_text().splitlines()

    assert [line for line in ours.splitlines() if line not in theirs and "/rollcall/" not in line] == []
    assert (BROKER / "acl.j2").read_text() == ACL.format(collector="collector")


def test_the_settings_of_the_role_are_settings_of_the_collector() -> None:
    known = (ROOT / "collector/rollcall.sample.toml").read_text()

    written = (ANSIBLE / "roles/collector/templates/rollcall.toml.j2").read_text().splitlines()

    names = [line.partition(" = ")[0] for line in written if " = " in line]
    assert [name for name in names if f"\n{name} = " not in known and f"\n# {name} = " not in known] == []
