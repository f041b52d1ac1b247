"""`rollcall judge --anew` comes to what a night of news comes to, however often it was killed on the way."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.cli import main
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.store.database import open_database
from rollcall_collector.store.history.kept_columns import BAND
from rollcall_collector.store.tables import kept_bands, kept_columns
from tests.support.fleets.kept import days_before, keep_boot, keep_days, keep_device, keep_failure

TODAY = datetime.now(UTC).date()
BANDS, EACH, DAYS, MONTH = 4, 12, 300, 30
DYING = """
import os, signal, sys
from sqlalchemy import Engine, event
left = int(sys.argv[1])

@event.listens_for(Engine, "commit")
def count(_connection):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

from rollcall_collector.cli import main
main(["judge", "--anew"])
"""
"""A judging that dies by kill -9 when it is about to commit for the n-th time."""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with devices in several bands, judged a month ago, and what they told since."""
    monkeypatch.setenv("ROLLCALL_FOLDER", str(tmp_path))
    monkeypatch.delenv("ROLLCALL_DATABASE", raising=False)
    main(["sites", "list"])
    engine = open_database(f"sqlite:///{tmp_path / 'rollcall.sqlite3'}")
    keys = [BAND * band + place for band in range(BANDS) for place in range(1, EACH + 1)]
    luck = Random(1)
    with engine.begin() as connection:
        for key in keys:
            keep_device(connection, f"n{key}", site="Oak", platform="windows", model="Probe", device=key)
            keep_days(connection, key, days_before(TODAY, DAYS)[:-MONTH])
            _fail(connection, key, luck, range(MONTH, DAYS), bad=key == keys[5])
    judge_fleet(engine, datetime.now(UTC) - timedelta(days=MONTH))
    with engine.begin() as connection:
        for key in keys:
            keep_days(connection, key, days_before(TODAY, MONTH))
            keep_boot(connection, key, f"s{key}", datetime.now(UTC) - timedelta(days=9), to_login_seconds=20.0)
            _fail(connection, key, luck, range(1, MONTH), bad=key == keys[5])
    return engine


def _fail(connection: sa.Connection, key: int, luck: Random, ago: range, *, bad: bool) -> None:
    for back in ago:
        if luck.random() < (30.0 if bad else 6.0) / 365:
            keep_failure(connection, key, "hardware", "component", TODAY - timedelta(days=back))


def _columns(engine: Engine) -> tuple[Any, ...]:
    with engine.connect() as connection:
        months = connection.execute(sa.select(kept_columns).order_by(kept_columns.c.band, kept_columns.c.month)).all()
        return tuple(months), tuple(connection.execute(sa.select(kept_bands).order_by(kept_bands.c.band)).all())


def _document(capsys: pytest.CaptureFixture[str], run: int) -> dict[str, Any]:
    """A judging as it was printed, but for the instant at which it was made."""
    capsys.readouterr()
    main(["judge", "--show", str(run), "--json"])
    return {name: value for name, value in json.loads(capsys.readouterr().out).items() if name != "judged_at"}


@pytest.mark.slow
def test_made_anew_and_killed_on_the_way_it_comes_to_the_same_as_the_night(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["judge"])
    held, night = _columns(engine), _document(capsys, 2)
    assert len(held[1]) == BANDS
    left = []

    for commits in (2, 5, 9):
        died = subprocess.run([sys.executable, "-c", DYING, str(commits)], capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        left.append(len(_columns(engine)[1]))
    main(["judge", "--anew"])

    assert any(0 <= bands < BANDS for bands in left), "it was killed before it had removed anything"
    assert _columns(engine) == held
    assert _document(capsys, 3) == night
    assert night["findings"], "a fleet of which nothing is found would prove little"
