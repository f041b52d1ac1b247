"""The drill: last night's backup of a district, on a fresh Debian from the packages: how long until its pages answer."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release.packages import pack
from tests.support.fleets.whole_district import fill_district
from tests.support.identities import new_store
from tests.support.systems.debian import base_system
from tests.support.systems.school import School, carried

pytestmark = [pytest.mark.slow, pytest.mark.systems]
DEVICES = 1_000
DRILL_SECONDS = 15 * 60
BACKUP = "/root/last-night"


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nightly copy of a district with a year behind it: devices, carts, lessons, judgings and what people decided."""
    folder = tmp_path_factory.mktemp("district")
    engine = new_store(folder)
    fill_district(engine, devices=DEVICES, say=lambda *_: None)
    engine.dispose()
    written = folder / "last-night"
    _ask(folder, "people", "add", "Ms Lee", "--role", "admin")
    _ask(folder, "backup", str(written))
    return written


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Two fresh systems, switched on, with what `make packages` made of the server at hand."""
    folder = tmp_path_factory.mktemp("school")
    made = School(base_system(), folder)
    released = carried(pack("rollcall-server"), folder / "dist", "rollcall-server-0.1.0.tar.gz")
    try:
        made.start()
        made.say(collector_archive=str(released))
        yield made
    finally:
        made.stop()


def test_last_nights_backup_answers_on_a_fresh_system_within_a_quarter_of_an_hour(
    school: School, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds: dict[str, float] = {}

    with _timed(seconds, "the server of its packages"):
        school.play("site", "--limit", "server")
    with _timed(seconds, "the backup as its store"):
        school.server.run("systemctl", "stop", "rollcall")
        shutil.copy(backup, school.server.path(BACKUP))
        school.server.run("chown", "rollcall:", BACKUP)
        school.server.run("mv", BACKUP, "/var/lib/rollcall/last-night")
        said = school.ask("restore", "/var/lib/rollcall/last-night", "--replace")
        school.server.run("systemctl", "start", "rollcall")
    with _timed(seconds, "its pages"):
        devices = school.page("/devices")
        carts = school.page("/carts")
        health = school.page("/health")

    with capsys.disabled():
        told = ", ".join(f"{what} {taken:.0f} s" for what, taken in seconds.items())
        print(f"\n{DEVICES:,} devices with a year, {backup.stat().st_size / 1e6:.0f} MB: {told}", end="")
        print(f"; in all {sum(seconds.values()):.0f} s")
    assert re.findall(r'href="/devices/[^"]+"', devices)
    assert re.findall(r'href="/carts/\d+"', carts)
    assert "Restored from a backup" in health
    assert "is not in it" in said
    assert school.sql("SELECT count(*) FROM lessons")[0][0] > 0
    assert school.sql("SELECT count(*) FROM devices")[0][0] == DEVICES
    assert sum(seconds.values()) < DRILL_SECONDS


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[what] = time.monotonic() - began


def _ask(folder: Path, *verb: str) -> None:
    program = Path(sys.executable).with_name("rollcall")
    environment = {"ROLLCALL_FOLDER": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run([program, *verb], env=environment, check=True, capture_output=True, timeout=600)
