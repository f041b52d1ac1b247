"""On both databases the school is as people entered it, the settings file wins, and a change is undone with its sites."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import FileSettingError, StaleChangeError, StoreError
from rollcall_collector.model.school import FIRST_SITE, School, SchoolSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.entered_settings.kept_school import (
    keep_holidays,
    keep_school,
    last_school_change,
    read_school,
    undo_school,
)
from rollcall_collector.store.publishers.registry import Registry
from rollcall_collector.store.sites import (
    add_holidays,
    ensure_site,
    find_site,
    list_holidays,
    list_sites,
    make_site,
    set_site,
)
from rollcall_wire import SchoolHours
from tests.support.fleets.kept import keep_device
from tests.support.identities import NOW

NOBODY = SchoolSettings()
CHRISTMAS = (date(2026, 12, 24), date(2026, 12, 25))


def _keep(connection: Connection, *, file: SchoolSettings = NOBODY, minutes: int = 0, **entered: Any) -> None:
    now = NOW + timedelta(minutes=minutes)
    keep_school(connection, entered, file=file, usual_zone="UTC", author="Ada", now=now)


def _undo(connection: Connection, minutes: int) -> None:
    last = last_school_change(connection)
    assert last is not None
    now = NOW + timedelta(minutes=minutes)
    at = last.entered_at.isoformat()
    undo_school(connection, at, file=NOBODY, usual_zone="UTC", author="Ada", now=now)


def _read(connection: Connection, file: SchoolSettings = NOBODY) -> School:
    return read_school(connection, file, usual_zone="UTC")


def _sites(connection: Connection) -> dict[str, tuple[Any, ...]]:
    return {
        one.name: (one.zone, one.opens_minute, "".join(map(str, one.days)), len(one.holidays))
        for one in list_sites(connection, Scope.all())
    }


def test_nobody_said_anything_is_this_machines_zone_and_usual_hours_that_no_device_is_told(engine: Engine) -> None:
    with engine.connect() as connection:
        school = _read(connection)

    assert (school.name, school.zone, school.opens_minute, school.days) == ("", "UTC", 420, "12345")
    assert school.hours is None


def test_what_the_file_says_wins_and_is_not_changed_by_people(engine: Engine) -> None:
    file = SchoolSettings(zone="Europe/Berlin", opens="08:00")
    with engine.begin() as connection:
        _keep(connection, zone="Europe/Paris", opens="09:00", closes="15:00", days="1234567", name="Hill")

        school = _read(connection, file)

        assert (school.zone, school.opens_minute, school.closes_minute) == ("Europe/Berlin", 480, 1020)
        assert (school.name, school.days, sorted(school.of_file)) == ("Hill", "1234567", ["hours", "zone"])
        refused: tuple[dict[str, Any], ...] = ({"zone": "UTC"}, {"closes": "12:00"})
        for entered in refused:
            with pytest.raises(FileSettingError, match="the settings file, which wins"):
                _keep(connection, file=file, **entered)


@pytest.mark.parametrize(
    "entered",
    [
        {"zone": "Mars/Olympus"},
        {"opens": "7"},
        {"opens": "18:00"},
        {"days": "18"},
        {"name": "x" * 101},
        {"name": "a\nb"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(engine: Engine, entered: dict[str, Any]) -> None:
    with engine.begin() as connection, pytest.raises(StoreError):
        _keep(connection, **entered)

    with engine.connect() as connection:
        assert last_school_change(connection) is None


def test_sites_that_had_it_as_the_school_had_it_go_along_and_come_back(engine: Engine) -> None:
    with engine.begin() as connection:
        for name in ("Hill", "Oak", "Elm"):
            make_site(connection, name, _read(connection).new_site)
        set_site(connection, Scope.all(), "Oak", zone="Europe/Paris", opens_minute=540)
        before = _sites(connection)

        _keep(connection, zone="Europe/Paris", opens="08:00", closes="16:00")
        after = _sites(connection)
        _undo(connection, 1)
        undone = _sites(connection)
        _undo(connection, 2)

        assert (after["Hill"], after["Oak"]) == (("Europe/Paris", 480, "12345", 0), ("Europe/Paris", 540, "12345", 0))
        assert undone == before
        assert _sites(connection) == after


def test_the_only_site_is_called_as_the_school_is(engine: Engine) -> None:
    with engine.begin() as connection:
        make_site(connection, FIRST_SITE, _read(connection).new_site)

        _keep(connection, name=" Hill School ")
        named = list(_sites(connection))
        _undo(connection, 1)
        unnamed = list(_sites(connection))
        set_site(connection, Scope.all(), FIRST_SITE, days="12345")
        ensure_site(connection, "Oak", "UTC")
        _keep(connection, minutes=2, name="District")

        assert (named, unnamed, list(_sites(connection))) == (["Hill School"], [FIRST_SITE], ["Oak", FIRST_SITE])


def test_holidays_are_every_sites_and_those_to_comes_and_are_taken_back_exactly(engine: Engine) -> None:
    with engine.begin() as connection:
        oak, _ = ensure_site(connection, "Oak", "UTC")
        add_holidays(connection, oak, CHRISTMAS[:1], "its own")
        ensure_site(connection, "Elm", "UTC")

        changed = keep_holidays(connection, CHRISTMAS, "Christmas", author="Ada", now=NOW)
        make_site(connection, "Hill", _read(connection).new_site)
        entered = {name: days for name, (*_, days) in _sites(connection).items()}
        _undo(connection, 1)
        undone = {name: days for name, (*_, days) in _sites(connection).items()}
        _undo(connection, 2)
        keep_holidays(connection, CHRISTMAS, None, author="Ada", now=NOW + timedelta(minutes=3))
        freed = {name: days for name, (*_, days) in _sites(connection).items()}
        _undo(connection, 4)

        assert changed == 2
        assert entered == {"Oak": 2, "Elm": 2, "Hill": 2}
        assert (undone["Oak"], undone["Elm"], freed["Oak"], freed["Hill"]) == (1, 0, 0, 0)
        assert list_holidays(connection, Scope.all(), oak)[0] == (CHRISTMAS[0], "its own")


def test_a_change_that_is_not_the_last_is_not_undone(engine: Engine) -> None:
    with engine.begin() as connection:
        _keep(connection, name="Hill")
        _keep(connection, minutes=1, name="Oak")

        with pytest.raises(StaleChangeError, match="changed again since"):
            undo_school(connection, NOW.isoformat(), file=NOBODY, usual_zone="UTC", author="Ada", now=NOW)


def test_of_two_who_change_different_things_at_once_both_are_kept(engine: Engine) -> None:
    def change(entered: dict[str, Any]) -> None:
        with engine.begin() as connection:
            _keep(connection, **entered)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, [{"name": "Hill"}, {"days": "1234"}]))

    with engine.connect() as connection:
        school = _read(connection)
    assert (school.name, school.days) == ("Hill", "1234")


def test_ingest_takes_a_changed_day_into_use_at_its_next_look(engine: Engine) -> None:
    with engine.begin() as connection:
        keep_device(connection, "stray", site=None)
        keep_device(connection, "sited", site="Oak")
        ensure_site(connection, "Elm", "Europe/Paris")
    registry = Registry(engine)
    registry.refresh()
    before = _told(registry, "stray"), _told(registry, "sited")

    with engine.begin() as connection:
        zone = find_site(connection, Scope.all(), "Oak").zone
        _keep(connection, zone="Europe/Berlin", opens="08:00", closes="14:00", days="123")
        set_site(connection, Scope.all(), "Oak", zone="Europe/Paris", days="12346")
        set_site(connection, Scope.all(), "Elm", zone=zone)

    registry.refresh()
    assert before[0] is None
    assert _told(registry, "stray") == SchoolHours(
        zone="Europe/Berlin", days=(1, 2, 3), opens_minute=480, closes_minute=840
    )
    sited = _told(registry, "sited")
    assert sited is not None
    assert (sited.zone, sited.days) == ("Europe/Paris", (1, 2, 3, 4, 6))


def _told(registry: Registry, name: str) -> SchoolHours | None:
    found = registry.device(f"d-{name}")
    assert found is not None
    return found.hours
