"""The timetable judges, re-judges and cleans up by itself, and outlives a job that fails."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from rollcall_collector.cli.parts.night import night_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.jobs.night import Night
from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.jobs.settings import JobSettings
from rollcall_collector.jobs.timetable import Jobs
from rollcall_collector.judging.fleet import FAILURE_MARK, LAST_JUDGED, judge_fleet
from rollcall_collector.judging.one_device import KEYS_MAX
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.kept_settings import read_setting
from rollcall_collector.store.tables import refusals
from tests.support.fleets.kept import keep_device, keep_failure
from tests.support.identities import new_store
from tests.support.listening import enroll
from tests.support.wait import wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def jobs(engine: Engine, tmp_path: Path) -> Iterator[Jobs]:
    zone = "Europe/Berlin"
    made = Jobs(engine, JobSettings(), lambda: datetime.now(UTC), night=_night(tmp_path), zone=lambda: zone)
    yield made
    made.stop()


def _night(folder: Path) -> Night:
    return night_of(CollectorSettings(folder=folder))


def _flags(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(list_flags(connection, Scope.all()))


def _fail(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        device = keep_device(connection, name)
        keep_failure(connection, device, "storage", "smart_failing", datetime.now(UTC).date())


def test_a_collector_that_never_judged_does_so_at_its_start(engine: Engine, jobs: Jobs) -> None:
    _fail(engine, "a1")

    jobs.start()

    wait_for(lambda: _flags(engine) == 1, seconds=60, what="a flag")
    wait_for(lambda: read_setting(engine, LAST_JUDGED), seconds=60, what="the mark of a judging")


def test_a_start_soon_after_a_judging_looks_at_new_failures_only(engine: Engine, jobs: Jobs) -> None:
    judged_at = datetime.now(UTC) - timedelta(hours=2)
    judge_fleet(engine, judged_at)
    _fail(engine, "a1")

    jobs.start()

    wait_for(lambda: _flags(engine) == 1, seconds=60, what="a flag")
    jobs.stop()
    assert read_setting(engine, LAST_JUDGED) == str(to_us(judged_at))


def test_a_fleet_that_fails_at_once_is_judged_in_a_process_of_its_own(engine: Engine, tmp_path: Path) -> None:
    judge_fleet(engine, datetime.now(UTC))
    enroll(engine, KEYS_MAX + 1)
    with engine.begin() as connection:
        failed = "INSERT INTO failures (device, epoch_key, seq, channel, code, occurred_us, occurred_on, is_day_only, count, evidence)"
        told = "SELECT device, 1, 1, 'storage', 'smart_failing', :us, :on, 0, 1, '{}' FROM devices"
        now = datetime.now(UTC)
        connection.execute(text(f"{failed} {told}"), {"us": to_us(now), "on": to_day(now.date())})
    judged = tmp_path / "judged"
    jobs = Jobs(engine, JobSettings(), lambda: datetime.now(UTC), night=Night(["touch", str(judged)], b""))

    jobs.start()

    wait_for(judged.exists, seconds=60, what="the night")
    jobs.stop()
    assert _flags(engine) == 0
    assert read_setting(engine, FAILURE_MARK) == "0"


def test_the_night_is_the_schools_also_after_somebody_entered_another_zone(engine: Engine, tmp_path: Path) -> None:
    zones = ["Europe/Berlin"]
    settings = JobSettings(judge_hour=2)
    jobs = Jobs(engine, settings, lambda: datetime.now(UTC), night=_night(tmp_path), zone=lambda: zones[-1])
    jobs.start()
    zones.append("Asia/Tokyo")

    jobs._follow_zone()

    assert jobs._scheduler is not None
    nightly = [jobs._scheduler.get_job(name).next_run_time for name in ("_judge", "_forget")]
    jobs.stop()
    assert [(str(at.tzinfo), at.hour) for at in nightly] == [("Asia/Tokyo", 2), ("Asia/Tokyo", 2)]


def test_what_is_too_old_goes(engine: Engine, jobs: Jobs) -> None:
    with engine.begin() as connection:
        old = to_us(datetime.now(UTC) - timedelta(days=91))
        row = {"received_us": old, "publisher": "p", "reason": "not_json", "size": 1, "payload": b"{"}
        connection.execute(refusals.insert().values(row))

    jobs.start()

    wait_for(lambda: _count(engine) == 0, seconds=60, what="cleaning")


def test_what_was_cleaned_up_makes_room_for_what_comes(engine: Engine) -> None:
    now = datetime.now(UTC)
    _refuse(engine, now - timedelta(days=91))
    full = _pages(engine)

    clean_up(engine, now, refusals_days=90, audit_days=400)
    freed = _free_pages(engine)
    _refuse(engine, now)

    assert freed > full / 2
    assert _pages(engine) <= full * 1.02


def _refuse(engine: Engine, at: datetime) -> None:
    row = {"publisher": "p", "reason": "not_json", "size": 2_000, "payload": b"{" * 2_000}
    rows = [{"received_us": to_us(at) + nth, **row} for nth in range(1_000)]
    with engine.begin() as connection:
        connection.execute(refusals.insert(), rows)


def _pages(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("PRAGMA page_count")).scalar_one())


def _free_pages(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("PRAGMA freelist_count")).scalar_one())


def test_a_job_that_fails_does_not_end_the_others(
    engine: Engine, jobs: Jobs, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail(engine, "a1")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE refusals RENAME TO hidden"))

    jobs.start()

    wait_for(lambda: _flags(engine) == 1, seconds=60, what="a flag")
    jobs.stop()
    assert "job.failed" in "".join(capsys.readouterr())


def test_stopping_is_safe_at_any_time(jobs: Jobs) -> None:
    jobs.stop()
    jobs.start()
    jobs.stop()
    jobs.stop()


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(refusals.select()).all())
