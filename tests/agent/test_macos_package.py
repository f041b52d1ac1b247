"""What a Mac's package is made of, as far as that can be seen without a Mac: it was not tried on one."""

import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from release.macos import LIBRARY, PROCESSORS, lay_out
from tests.support.agents import environment
from tests.support.require import lacking

pytestmark = pytest.mark.slow
MACH_O = {"arm64": 0x0100000C, "x86_64": 0x01000007}
"""Processors as the head of a Mac's library names them."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return lay_out(tmp_path_factory.mktemp("macos") / "package")
    except subprocess.CalledProcessError as error:
        lacking(f"what it needs cannot be fetched: {error}")


def test_launchd_is_given_a_program_that_is_in_the_package_and_starts_it_again(package: Path) -> None:
    (file,) = (package / "root/Library/LaunchDaemons").iterdir()
    stated = plistlib.loads(file.read_bytes())

    program = package / "root" / stated["ProgramArguments"][0].lstrip("/")

    assert file.name == f"{stated['Label']}.plist"
    assert os.access(program, os.X_OK)
    assert stated["ProgramArguments"][1:] == ["run"]
    assert (stated["RunAtLoad"], stated["KeepAlive"]) == (True, True)


def test_the_agent_is_whole_and_has_the_libraries_of_both_processors(package: Path) -> None:
    library = package / "root" / LIBRARY

    started = subprocess.run(
        [sys.executable, "-I", "-S", library / "run.py", "--version"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    heads = {one: next((library / one).glob("psutil/*.so")).read_bytes()[:8] for one in PROCESSORS}

    assert started.stdout.startswith("rollcall-agent "), started.stderr
    assert {one: int.from_bytes(head[4:], "little") for one, head in heads.items()} == MACH_O


def test_what_is_prepared_reaches_the_agent_and_all_scripts_can_be_read(package: Path, tmp_path: Path) -> None:
    scripts = [package / "make-pkg", package / "scripts/postinstall", package / "root" / LIBRARY / "uninstall"]
    program = (package / "root/usr/local/bin/rollcall-agent").read_text()
    python = tmp_path / "Versions/3.12/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$ROLLCALL_AGENT_URL $@"\n')
    python.chmod(0o755)
    (tmp_path / "environment").write_text("ROLLCALL_AGENT_URL=https://r.example\n")
    here = program.replace("/usr/local/etc/rollcall-agent", str(tmp_path)).replace(
        "/Library/Frameworks/Python.framework", str(tmp_path)
    )

    told = subprocess.run(["sh", "-c", here, "x", "run"], capture_output=True, text=True, timeout=60, check=True)
    read = [subprocess.run(["sh", "-n", one], timeout=60, check=False).returncode for one in scripts]

    assert told.stdout == f"https://r.example -P /{LIBRARY}/run.py run\n"
    assert read == [0, 0, 0]
