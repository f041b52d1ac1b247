"""The drill: the server is gone, and last night's backup on a fresh folder answers, with its devices back by themselves."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.brokers.either import BROKERS
from tests.support.brokers.school_server import ADMIN, SchoolServer, laid_out, new_token, serving
from tests.support.faults.enrolled_reporter import RATE, Reporter, reporter
from tests.support.reading import words_of
from tests.support.wait import wait_for

pytestmark = pytest.mark.slow
DRILL_SECONDS = 15 * 60


def _kept(server: SchoolServer, one: Reporter) -> tuple[int, int]:
    """How many reports of this device are kept, and up to which number."""
    with closing(sqlite3.connect(server.folder / "var" / "rollcall.sqlite3", timeout=60)) as store:
        counted = "SELECT count(*), coalesce(max(f.seq), 0) FROM failures f JOIN publishers p USING (device) WHERE p.name = ?"
        count, newest = store.execute(counted, [one.publisher]).fetchone()
    return int(count), int(newest)


@contextmanager
def _device(folder: Path, server: SchoolServer) -> Iterator[Reporter]:
    with reporter(folder / "device", replace(server, token=new_token(server))) as one:
        yield one


@pytest.mark.parametrize("broker", BROKERS)
def test_a_backup_on_a_fresh_folder_answers_and_its_devices_come_back_by_themselves(
    broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = laid_out(tmp_path / "lost", broker=broker)
    backup = tmp_path / "elsewhere" / "last-night"
    with serving(lost) as server, _device(tmp_path, lost) as device:
        lost.ask("people", "add", ADMIN, "--role", "admin")
        wait_for(lambda: _kept(lost, device)[0] > 2 * RATE, seconds=60, what="reports before the backup")
        lost.ask("backup", str(backup))
        at_backup = _kept(lost, device)[0]
        wait_for(lambda: _kept(lost, device)[0] > at_backup + RATE, seconds=60, what="reports after the backup")
        server.kill()
        server.wait(30)
        after_backup = _kept(lost, device)[1]
        fresh = laid_out(tmp_path / "fresh", broker=broker, of=lost)  # from where the certificates are kept
        shutil.rmtree(lost.folder / "var")
        began = time.monotonic()

        fresh.ask("restore", str(backup))
        held = _kept(fresh, device)[0]
        with serving(fresh):
            page = fresh.page("/devices")
            answered = time.monotonic() - began
            wait_for(lambda: _kept(fresh, device)[1] > after_backup, seconds=180, what="the device's return")
            returned = time.monotonic() - began
            device.be_quiet()
            wait_for(lambda: device.waiting == 0, seconds=180, what="that all is acknowledged")
            kept, newest = _kept(fresh, device)
            health = fresh.page("/health")

    gone = device.told - kept
    with capsys.disabled():
        print(
            f"\n{broker}: restored, and its pages answered, after {answered:.0f} s; the device was back after "
            f"{returned:.0f} s. {device.told} told, {kept} kept, {gone} kept after the backup and lost with the server",
            end="",
        )
    assert "Hill" in page
    assert device.publisher in page
    assert held >= 2 * RATE
    assert newest == device.told
    assert 0 < gone <= after_backup - held
    assert f"{gone} reports are missing of 1 device" in " ".join(words_of(health).split())
    assert returned < DRILL_SECONDS
