"""What is kept for pages is what stands in the facts, whatever is told, moved, merged, imported or forgotten."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.store.database import open_database
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.kept.day_counts import count_days, count_reports, counts_anew, kept_counts
from rollcall_collector.store.sites import find_site
from rollcall_collector.store.tables import day_counts, device_days, devices, start_bands
from tests.support.fleets.kept import day_row
from tests.support.listening import NOW
from tests.support.postgresql import shared_cluster
from tests.support.stories.places_story import (
    ALL,
    PlacesStory,
    assert_all_is_kept,
    assert_bands_are_the_days,
    fill_schools,
    planned,
)
from tests.support.stories.random_story import TODAY
from tests.support.wait import wait_for


@pytest.fixture
def fleet(engine: Engine) -> Engine:
    """A store with the devices of a story and the schools they go to."""
    fill_schools(engine)
    return engine


@pytest.fixture
def on_postgresql() -> Iterator[Engine]:
    """The same where several write at a time."""
    cluster = shared_cluster()
    url = cluster.lend_database()
    opened = open_database(url)
    fill_schools(opened)
    yield opened
    opened.dispose()
    cluster.take_back(url)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_is_what_is_made_anew(fleet: Engine, seed: int) -> None:
    story, plans = PlacesStory(fleet, seed), KeptPlans()

    for _ in range(120):
        story.happen()
        assert_all_is_kept(fleet, plans, from_day(story.today))

    with fleet.connect() as connection:
        assert len(kept_counts(connection)) > 30
    story.bands()
    assert_bands_are_the_days(fleet, story.latest)
    with fleet.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(start_bands)).scalar_one() > 1
    story.intake.forget()


def test_a_day_counts_where_its_device_is_now(fleet: Engine) -> None:
    today = NOW.date()
    with fleet.begin() as connection:
        elm = find_site(connection, ALL, "Elm School").site
        connection.execute(
            sa.insert(device_days), [day_row(1, today, failures=2), day_row(2, today), day_row(3, from_day(TODAY - 5))]
        )
        connection.execute(sa.update(devices).where(devices.c.device == 1).values(site=elm, model="Maple 14"))
        connection.execute(sa.update(devices).where(devices.c.device == 2).values(site=None, model=None))

        days = count_days(connection, ALL, since=today, until=today)
        of_oak = count_days(connection, Scope(sites=frozenset({1})), since=from_day(TODAY - 9), until=today)
        told = count_reports(connection, ALL, since=from_day(TODAY - 9), until=today)

    found = {(day.site, day.model, day.active, day.hurt) for day in days}
    assert found == {("Elm School", "Maple 14", 1, 1), (None, None, 1, 0)}
    assert [(day.on, day.active) for day in of_oak] == [(from_day(TODAY - 5), 1)]
    assert told == {today: 6, from_day(TODAY - 5): 3}


def test_who_moves_a_device_while_it_reports_waits_for_its_count(on_postgresql: Engine) -> None:
    with on_postgresql.begin() as connection:
        elm = find_site(connection, ALL, "Elm School").site
    mover = threading.Thread(target=_move, args=(on_postgresql, 1, elm))
    with on_postgresql.begin() as connection:
        connection.execute(sa.insert(device_days), [day_row(1, NOW.date())])
        mover.start()
        wait_for(lambda: _is_somebody_waiting(on_postgresql), what="the move waits")
    mover.join()

    with on_postgresql.connect() as connection:
        assert kept_counts(connection) == counts_anew(connection) == {(TODAY, elm, "Maple 14"): (1, 0, 3)}


def test_a_night_joins_what_several_connections_counted(on_postgresql: Engine) -> None:
    for device in (1, 2, 3):
        with on_postgresql.begin() as connection:
            connection.execute(sa.insert(device_days), [day_row(device, from_day(TODAY - 1))])
        on_postgresql.dispose()
    with on_postgresql.connect() as connection:
        before = connection.execute(sa.select(sa.func.count()).select_from(day_counts)).scalar_one()

    clean_up(on_postgresql, NOW, refusals_days=30, audit_days=400)

    with on_postgresql.connect() as connection:
        rows = connection.execute(sa.select(day_counts.c.writer, day_counts.c.active)).all()
        assert kept_counts(connection) == counts_anew(connection)
    assert before == 3
    assert rows == [(0, 3)]


def _move(engine: Engine, device: int, site: int) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(devices).where(devices.c.device == device).values(site=site))


def _is_somebody_waiting(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(connection.execute(waiting).scalar_one())


def test_a_plan_of_which_nothing_changed_reads_no_device(fleet: Engine) -> None:
    kept, asked = KeptPlans(), list[str]()
    with fleet.begin() as connection:
        connection.execute(sa.insert(device_days), [day_row(1, NOW.date())])
        planned(connection, kept, NOW.date())
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        connection.execute(sa.update(device_days).values(reports=9))
        connection.execute(sa.insert(device_days), [day_row(2, NOW.date())])
        before = len(asked)

        planned(connection, kept, NOW.date())

    assert len(asked) == before + 1
