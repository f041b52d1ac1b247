"""What is kept for pages is what stands in the facts, whatever is told, moved, merged, imported or forgotten."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.judging.start_bands import SHOWN_DAYS, refresh_start_bands
from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.question import Asked
from rollcall_collector.roster import import_roster
from rollcall_collector.store.database import open_database
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.judged.flags import decide, list_flags
from rollcall_collector.store.kept.day_counts import count_days, count_reports, counts_anew, kept_counts
from rollcall_collector.store.kept.start_bands import (
    bands_anew,
    keep_bands,
    kept_bands_of,
    read_changes,
    week_of,
)
from rollcall_collector.store.places.changes import list_changes
from rollcall_collector.store.places.merging import merge_sites
from rollcall_collector.store.places.moves import Destination, move_devices
from rollcall_collector.store.places.undo import undo_change
from rollcall_collector.store.sites import ensure_site, find_site
from rollcall_collector.store.tables import day_counts, device_days, devices, start_bands
from tests.support.fleets.kept import day_row
from tests.support.fleets.random_story import NUMBERS, TODAY, Story, enroll_fleet
from tests.support.listening import NOW
from tests.support.postgresql import shared_cluster
from tests.support.wait import wait_for

ALL = Scope.all()
SCHOOLS = ("Oak School", "Elm School", "Ash School")


class PlacesStory(Story):
    """A story in which devices go from school to school, too."""

    def move(self) -> None:
        """Some devices go to a school."""
        with self.engine.begin() as connection:
            to = Destination(site=find_site(connection, ALL, self._school()))
            chosen = self.random.sample(NUMBERS, 2)
            move_devices(connection, ALL, chosen, to, author="Ada", now=self._clock())

    def merge(self) -> None:
        """A school becomes part of another."""
        with self.engine.begin() as connection:
            merge_sites(connection, ALL, self._school(), "Elm School", author="Ada", now=self._clock())

    def undo(self) -> None:
        """Somebody takes back what was changed last."""
        with self.engine.begin() as connection:
            changes = list_changes(connection, ALL)
            undo_change(connection, ALL, changes[0].change if changes else 0, self._clock())

    def list_comes(self) -> None:
        """A list says where a device is, and of which model."""
        number = self.random.choice(NUMBERS)
        with self.engine.begin() as connection:
            named = sa.update(devices).where(devices.c.device == number)
            connection.execute(named.values(serial_number=f"SN{number}"))
        line = f"SN{number},{self._school()},{self.random.choice(('Maple 14', 'Birch 11'))}"
        import_roster(self.engine, ALL, f"serial,site,model\n{line}\n".encode(), new_site=NewSite(zone="UTC"))

    def clean(self) -> None:
        """The night cleans up."""
        clean_up(self.engine, self._clock(), refusals_days=30, audit_days=400)

    def bands(self) -> None:
        """A judging's last step."""
        refresh_start_bands(self.engine, from_day(self.today))
        assert_bands_are_the_days(self.engine, self.today)

    def killed_bands(self) -> None:
        """One that is killed after a week or two, and is told something on the way."""
        with self.engine.connect() as connection:
            changed = read_changes(connection, from_day(self.today - SHOWN_DAYS))
        for week, those in sorted(changed.items())[: self.random.randint(0, 2)]:
            with self.engine.connect() as connection:
                made = bands_anew(connection, {one.model for one in those}, week, week)
            self.reports()  # what comes in between is not taken for read
            with self.engine.begin() as connection:
                keep_bands(connection, those, made)

    def judged(self) -> None:
        """A whole judging, and somebody decides on what it found."""
        judge_fleet(self.engine, self._clock())
        with self.engine.begin() as connection:
            for flag in list_flags(connection, ALL)[:2]:
                decide(connection, ALL, flag.flag, "accept", author="Ada", now=self._clock())

    def papers(self) -> None:
        """Somebody learns what a device cost, or that its support ends."""
        values = self.random.choice(({"price": self.random.randint(200, 500)}, {"support_until": self.today + 20}))
        with self.engine.begin() as connection:
            number = self.random.choice(NUMBERS)
            connection.execute(sa.update(devices).where(devices.c.device == number).values(values))

    def _school(self) -> str:
        return self.random.choice(SCHOOLS)


@pytest.fixture
def fleet(engine: Engine) -> Engine:
    """A store with the devices of a story and the schools they go to."""
    return _filled(engine)


@pytest.fixture
def on_postgresql() -> Iterator[Engine]:
    """The same where several write at a time."""
    cluster = shared_cluster()
    url = cluster.lend_database()
    opened = open_database(url)
    yield _filled(opened)
    opened.dispose()
    cluster.take_back(url)


def _filled(engine: Engine) -> Engine:
    enroll_fleet(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # the first school was given its key, the others take the next
            connection.execute(sa.text("SELECT nextval(pg_get_serial_sequence('sites', 'site'))"))
        for name in SCHOOLS[1:]:
            ensure_site(connection, name, "UTC")
    return engine


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_is_what_is_made_anew(fleet: Engine, seed: int) -> None:
    with fleet.begin() as connection:
        connection.execute(sa.update(devices).values(model="Maple 14"))
    story, kept = PlacesStory(fleet, seed), KeptPlans()
    may_happen = [story.reports] * 20 + [story.another_day] * 2 + [story.places, story.retention, story.clean]
    may_happen += [story.move, story.move, story.merge, story.undo, story.list_comes, story.bands, story.killed_bands]
    may_happen += [story.judged, story.papers]

    for _ in range(120):
        with suppress(CollectorError):  # a school that is merged already is not merged again
            story.random.choice(may_happen)()
        with fleet.connect() as connection:
            assert kept_counts(connection) == counts_anew(connection)
            today = from_day(story.today)
            assert _planned(connection, kept, today) == _planned(connection, KeptPlans(), today)

    with fleet.connect() as connection:
        assert len(kept_counts(connection)) > 30
    story.bands()
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
        connection.execute(sa.update(devices).where(devices.c.device == 2).values(site=None))

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
        assert kept_counts(connection) == counts_anew(connection) == {(TODAY, elm, ""): (1, 0, 3)}


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


def assert_bands_are_the_days(engine: Engine, today: int) -> None:
    first, last = week_of(from_day(today - SHOWN_DAYS)), week_of(from_day(today + 60))
    with engine.connect() as connection:
        models = set(connection.execute(sa.select(devices.c.model).where(devices.c.model.is_not(None))).scalars())
        anew = bands_anew(connection, models, first, last)
        kept = {model: kept_bands_of(connection, model) for model in models}
    assert {model: bands for model, bands in kept.items() if bands} == dict(anew)


def _planned(connection: Connection, kept: KeptPlans, today: date) -> tuple[Any, ...]:
    """All that a plan is made from."""
    question = PlanQuestion(budget=1_000.0)
    found = kept.consider(connection, ALL, question, Asked(sites=None, rules=()), PlanSettings(), today)
    return found.fleet, found.candidates, found.weighed, found.offers, found.outlook


def test_a_plan_of_which_nothing_changed_reads_no_device(fleet: Engine) -> None:
    kept, asked = KeptPlans(), list[str]()
    with fleet.begin() as connection:
        connection.execute(sa.insert(device_days), [day_row(1, NOW.date())])
        _planned(connection, kept, NOW.date())
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        connection.execute(sa.update(device_days).values(reports=9))
        before = len(asked)

        _planned(connection, kept, NOW.date())

    assert len(asked) == before + 1
