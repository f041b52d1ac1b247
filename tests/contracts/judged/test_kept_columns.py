"""What a night reads from kept columns is what stands in the facts, whatever came late, changed or was killed on the way.

A random story of reports (late ones, of wrong clocks, of two publishers), moves, forgotten readings, nights of clocks
that jump, and nights that are killed: after each night the history is compared with one read from all facts, at the
end the columns with columns made anew.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.judge.findings import registry
from rollcall_collector.judging.history.months import Month
from rollcall_collector.judging.history.read import KeptHistory
from rollcall_collector.judging.history.refresh import refresh_bands
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.store.history.device_facts import list_exposures
from rollcall_collector.store.history.fleet_history import read_fleet
from rollcall_collector.store.history.kept_columns import forget_columns, read_changes
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.tables import device_days, kept_columns
from rollcall_wire.topics import topic
from tests.support.fleets.kept import day_row
from tests.support.listening import NOW, boot, device_id, message, vitals
from tests.support.stories.random_story import BIN, BRIDGE, NUMBERS, READINGS_SINCE, TODAY, WINDOW, Story, enroll_fleet

Begin = Callable[[int], Story]


@pytest.fixture
def begin(engine: Engine) -> Iterator[Begin]:
    """Begins a story by its seed."""
    enroll_fleet(engine)
    begun: list[Story] = []

    def make(seed: int) -> Story:
        begun.append(Story(engine, seed))
        return begun[-1]

    yield make
    for story in begun:
        story.intake.forget()


@pytest.mark.parametrize("seed", range(4))
def test_a_night_reads_what_stands_in_the_facts(engine: Engine, begin: Begin, seed: int) -> None:
    story = begin(seed)
    may_happen = [story.reports] * 12 + [story.another_day] * 2 + [story.night, story.killed_night]
    may_happen += [story.places, story.retention]

    for _ in range(150):
        happened = story.random.choice(may_happen)()
        if isinstance(happened, KeptHistory):
            _assert_told_by_the_facts(engine, happened, story.today)

    last = story.night()
    assert len(last.history.starts.on) > 10
    _assert_told_by_the_facts(engine, last, story.today)
    held = _columns(engine)
    with engine.begin() as connection:
        assert read_changes(connection) == ()
        forget_columns(connection)
    story.night()
    assert held == _columns(engine)


def test_a_night_without_news_writes_nothing(engine: Engine, begin: Begin) -> None:
    story = begin(9)
    for _ in range(60):
        story.reports()
    first = story.night()
    _watch_for_writes(engine)

    second = story.night()

    assert second.history.digest() == first.history.digest()
    assert _writes == []


def test_a_late_report_costs_the_months_that_it_is_about(engine: Engine, begin: Begin) -> None:
    with engine.begin() as connection:
        for number in NUMBERS:
            days = [from_day(TODAY - back) for back in range(300)]
            connection.execute(sa.insert(device_days), [day_row(number, on) for on in days])
    story = begin(1)
    story.night()
    before = _columns(engine)
    story.told += 1
    payload = message(device_id(2), [vitals(1, device_id(2), at=NOW - timedelta(days=200))])
    story.intake.receive([Arrived(topic(device_id(2), "reports").encode(), payload, 1)])

    found = story.night()

    after = _columns(engine)
    _assert_told_by_the_facts(engine, found, TODAY)
    assert [key for key in after if after[key] != before.get(key)] == [(0, (TODAY - 200) // 30)]


def test_of_two_nights_at_once_the_one_that_began_last_writes(engine: Engine, begin: Begin) -> None:
    story = begin(2)
    for _ in range(40):
        story.reports()
    story.night()
    early = refresh_bands(engine, NUMBERS, since_on=story.span.since, until_day=story.span.until_day)
    next(early)
    for _ in range(40):
        story.reports()
    story.today += 3
    whole = story.night()

    for _ in early:
        pass

    _assert_told_by_the_facts(engine, whole, story.today)
    _assert_told_by_the_facts(engine, story.night(), story.today)


def test_a_start_that_was_read_and_is_described_anew_is_read_anew(engine: Engine, begin: Begin) -> None:
    story = begin(3)
    at = NOW - timedelta(days=50)
    _tell(story, device_id(1), boot(1, device_id(1), at=at, boot_id="start-a", start_kind="full"))
    story.night()
    _tell(story, BRIDGE, boot(1, device_id(1), at=at, boot_id="start-b", start_kind="full", to_login_seconds=31.5))

    found = story.night()

    assert list(found.history.starts.seconds) == [31.5]
    _assert_told_by_the_facts(engine, found, TODAY)


def _tell(story: Story, name: str, told: dict[str, Any]) -> None:
    payload = message(name, [told], epoch=f"{crc32(name.encode()):016x}")
    story.intake.receive([Arrived(topic(name, "reports").encode(), payload, 1)])


def _assert_told_by_the_facts(engine: Engine, found: KeptHistory, today: int) -> None:
    with engine.connect() as connection:
        facts = read_fleet(connection, until_day=today + 1, window_days=WINDOW, bin_days=BIN)
        seen = list_exposures(
            connection,
            from_day(today),
            readings=registry.wanted_readings(),
            readings_since=from_day(today - READINGS_SINCE),
            keys=NUMBERS,
        )
    kept = found.history
    assert kept.devices == facts.devices
    assert kept.failures == facts.failures
    for name in ("device", "bin", "active_days", "first_on", "last_on"):
        assert list(getattr(kept.months, name)) == list(getattr(facts.months, name)), name
    for name in ("health", "full_wh", "drain_watts"):
        assert list(getattr(kept.months, name)) == pytest.approx(
            list(getattr(facts.months, name)), rel=1e-6, nan_ok=True
        )
    assert _starts(kept) == _starts(facts)
    odd = {key for key, is_odd in zip(kept.devices.key, found.is_odd, strict=True) if is_odd}
    # Of days that are still to come by the school's calendar nothing is read.
    assert odd >= {one.device for one in seen if one.is_odd and (one.last_active_on or date.max) <= from_day(today)}


def _starts(history: FleetHistory) -> list[tuple[Any, ...]]:
    starts = history.starts
    names = [None if code == UNKNOWN else starts.versions[code] for code in starts.version]
    seconds = [None if np.isnan(one) else one for one in starts.seconds]
    return sorted(
        zip(starts.device, starts.on, starts.is_fast, names, seconds, strict=True),
        key=lambda row: (*row[:3], row[3] or "", row[4] or 0),
    )


def _columns(engine: Engine) -> dict[tuple[int, int], Any]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(kept_columns)).all()
    months = {(row.band, row.month): (row.days, row.starts) for row in rows}
    return {
        key: one
        for key, one in months.items()
        if len(Month.unpack(*one).days["on"]) or len(Month.unpack(*one).starts["on"])
    }


_writes: list[str] = []


def _watch_for_writes(engine: Engine) -> None:
    _writes.clear()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO kept_columns"):
            _writes.append(statement)
