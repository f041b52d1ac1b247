"""What happens to a small fleet whose devices go from school to school, and what must hold of what is kept of it."""

from contextlib import suppress
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.jobs.retention import clean_up
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.judging.start_bands import SHOWN_DAYS, refresh_start_bands
from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.procurement.considered import Considered
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.question import Asked
from rollcall_collector.roster import import_roster
from rollcall_collector.store.instants import from_day
from rollcall_collector.store.judged.flags import decide, list_flags
from rollcall_collector.store.kept.day_counts import counts_anew, kept_counts, wrong_counts
from rollcall_collector.store.kept.presence import wrong_presence
from rollcall_collector.store.kept.start_bands import bands_anew, keep_bands, kept_bands_of, read_changes, week_of
from rollcall_collector.store.places.changes import list_changes
from rollcall_collector.store.places.merging import merge_sites
from rollcall_collector.store.places.moves import Destination, move_devices
from rollcall_collector.store.places.undo import undo_change
from rollcall_collector.store.sites import ensure_site, find_site
from rollcall_collector.store.tables import devices
from tests.support.stories.random_story import NUMBERS, Story, enroll_fleet

ALL = Scope.all()
SCHOOLS = ("Oak School", "Elm School", "Ash School")


class PlacesStory(Story):
    """A story in which devices go from school to school, too."""

    def happen(self) -> None:
        """One thing of all that may; what is refused changes nothing."""
        often = [self.reports] * 20 + [self.another_day, self.move] * 2
        seldom = [self.places, self.retention, self.clean, self.merge, self.undo, self.list_comes, self.papers]
        judging = [self.bands, self.killed_bands, self.judged]
        with suppress(CollectorError):  # a school that is merged already is not merged again
            self.random.choice(often + seldom + judging)()

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


def fill_schools(engine: Engine) -> None:
    """Enroll the devices of a story, all of one model, and make the schools they go to."""
    enroll_fleet(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # the first school was given its key, the others take the next
            connection.execute(sa.text("SELECT nextval(pg_get_serial_sequence('sites', 'site'))"))
        for name in SCHOOLS[1:]:
            ensure_site(connection, name, "UTC")
        connection.execute(sa.update(devices).values(model="Maple 14"))


def assert_all_is_kept(engine: Engine, plans: KeptPlans, today: date) -> None:
    """What was kept of days and plans is what the facts give; `plans` may have been asked long ago."""
    with engine.connect() as connection:
        assert kept_counts(connection) == counts_anew(connection)
        assert not wrong_counts(connection)
        assert not wrong_presence(connection)
        assert planned(connection, plans, today) == planned(connection, KeptPlans(), today)


def assert_bands_are_the_days(engine: Engine, latest: int) -> None:
    """Of the weeks that are shown on the latest day there was: a clock that is set back brings no older ones again."""
    first, last = week_of(from_day(latest - SHOWN_DAYS)), week_of(from_day(latest + 60))
    with engine.connect() as connection:
        models = set(connection.execute(sa.select(devices.c.model).where(devices.c.model.is_not(None))).scalars())
        anew = bands_anew(connection, models, first, last)
        kept = {
            model: {week: band for week, band in kept_bands_of(connection, model).items() if week >= first}
            for model in models
        }
    assert {model: bands for model, bands in kept.items() if bands} == dict(anew)


def planned(connection: Connection, kept: KeptPlans, today: date) -> Considered:
    """All that a plan is made from."""
    question = PlanQuestion(budget=1_000.0)
    return kept.consider(connection, ALL, question, Asked(sites=None, rules=()), PlanSettings(), today)
