"""Ingest knows at its next look whatever anybody changed of who may speak, and reads nothing else again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.model.roster import RosterRow
from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.database import open_database
from rollcall_collector.store.entered_settings.kept_school import keep_school, last_school_change, undo_school
from rollcall_collector.store.places.merging import merge_sites, remove_site, rename_site
from rollcall_collector.store.places.moves import Destination, move_devices
from rollcall_collector.store.places.undo import undo_change
from rollcall_collector.store.publishers.identities import set_credential, set_retired, set_revoked
from rollcall_collector.store.publishers.known_devices import add_devices, change_devices
from rollcall_collector.store.publishers.registry import READ_AT_ONCE, Registry
from rollcall_collector.store.roster import apply_roster
from rollcall_collector.store.sites import ensure_site, find_site, set_site
from rollcall_collector.store.tables import devices, publishers, sites
from rollcall_wire import Inventory
from rollcall_wire.topics import topic
from tests.support.fleets.kept import keep_device
from tests.support.identities import new_token
from tests.support.listening import device_id, message, report
from tests.support.listening import enroll as enroll_devices
from tests.support.postgresql import shared_cluster

NOW = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
ALL = Scope.all()
SAID: dict[str, Any] = {"author": "Kim", "now": NOW}
FILE: dict[str, Any] = {"file": SchoolSettings(), "usual_zone": "UTC"}
OAK, ELM, STRAY, RETIRED = "d-oak", "d-elm", "d-stray", "d-retired"
NEVER_CHANGE = {"devices.device_id", "publishers.name", "publishers.device"}
"""What the registry holds rows by, beside their keys."""


@pytest.fixture
def school(engine: Engine) -> None:
    """Two schools, a device in each, one in none, one retired; a bridge for one school, and one for nobody's."""
    with engine.begin() as connection:
        ensure_site(connection, "Oak", "Europe/Oslo")
        ensure_site(connection, "Elm", "Asia/Seoul")
        for name, site in (("oak", "Oak"), ("elm", "Elm"), ("stray", None), ("retired", "Oak")):
            _let_speak(connection, f"d-{name}", device=keep_device(connection, name, site=site, platform="linux"))
        _let_speak(connection, "b-oak", platform="ipados", site=1)
        _let_speak(connection, "b-all", platform="chromeos")
        keep_school(connection, {"zone": "Europe/Paris"}, **FILE, **SAID)
    set_retired(engine, ALL, RETIRED, now_us=1, retired_on=1)


def _let_speak(
    connection: Connection,
    name: str,
    *,
    device: int | None = None,
    platform: str | None = None,
    site: int | None = None,
) -> None:
    set_credential(connection, name=name, device=device, platform=platform, secret_hash="$7$", now_us=1, site=site)


@pytest.fixture
def registry(school: None, engine: Engine) -> Registry:  # the school is there first
    """What ingest knows, looked at once."""
    known = Registry(engine)
    known.refresh()
    return known


@pytest.fixture
def elsewhere(engine: Engine) -> Iterator[Engine]:
    """Another process's connection to the same store."""
    opened = open_database(engine.url.render_as_string(hide_password=False))
    yield opened
    opened.dispose()


def held(registry: Registry, engine: Engine) -> dict[str, Any]:
    """Everybody as the registry has it."""
    with engine.connect() as connection:
        ids = connection.execute(sa.select(devices.c.device_id)).scalars().all()
        names = connection.execute(sa.select(publishers.c.name)).scalars().all()
    speaking = sorted(registry.publishers(), key=lambda one: one.name)
    return (
        {"speaking": speaking}
        | {name: registry.device(name) for name in ids}
        | dict(zip(names, map(registry.publisher, names), strict=True))
    )


def read_anew(engine: Engine) -> dict[str, Any]:
    registry = Registry(engine)
    registry.refresh()
    return held(registry, engine)


def _move(connection: Connection) -> int:
    return move_devices(connection, ALL, [1], Destination(site=find_site(connection, ALL, "Elm")), **SAID)


def _undo_move(connection: Connection) -> None:
    undo_change(connection, ALL, _move(connection), NOW)


def _undo_merge(connection: Connection) -> None:
    undo_change(connection, ALL, merge_sites(connection, ALL, "Oak", "Elm", **SAID), NOW)


def _undo_school(connection: Connection) -> None:
    change = last_school_change(connection)
    assert change is not None
    undo_school(connection, change.entered_at.isoformat(), **FILE, **SAID)


def _hear_inventory(engine: Engine) -> None:
    registry = Registry(engine)
    intake = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    told = report(1, OAK, {"kind": "inventory", "platform": "windows"}, at=NOW)
    assert intake.receive([Arrived(topic(OAK, "reports").encode(), message(OAK, [told]), 1)])
    intake.forget()


def _enroll(engine: Engine) -> None:
    enroll(engine, token=new_token(engine), hardware_id="f" * 64, inventory=Inventory(platform="linux"), now=NOW)


def _list(connection: Connection) -> None:
    row = RosterRow(line=2, serial_number="ELM", values={"site": "Ash"})
    apply_roster(connection, [row], new_site=NewSite(zone="Europe/Rome"))


WITH_ENGINE: dict[str, Callable[[Engine], object]] = {
    "a device enrolls": _enroll,
    "a publisher is revoked": lambda engine: set_revoked(engine, ALL, OAK, 1),
    "a device is let back in": lambda engine: set_revoked(engine, ALL, RETIRED, None),
    "a device is retired": lambda engine: set_retired(engine, ALL, OAK, now_us=1, retired_on=1),
    "an inventory says another platform": _hear_inventory,
}
WITH_CONNECTION: dict[str, Callable[[Connection], object]] = {
    "a bridge is given a site": lambda connection: _let_speak(connection, "b-all", platform="chromeos", site=2),
    "a device moves": _move,
    "a move is undone": _undo_move,
    "a site is renamed": lambda connection: rename_site(connection, ALL, "Elm", "Ash", **SAID),
    "a site is merged": lambda connection: merge_sites(connection, ALL, "Oak", "Elm", **SAID),
    "a merge is undone": _undo_merge,
    "a site gets other hours": lambda connection: set_site(connection, ALL, "Oak", days="12"),
    "the school gets other hours": lambda connection: keep_school(connection, {"opens": "06:00"}, **FILE, **SAID),
    "the school is as it was": _undo_school,
    "a list moves a device": _list,
    "a bridge brings a device": lambda connection: add_devices(connection, [{"device_id": "d-new", "site": 1}]),
    "a bridge says a platform": lambda connection: change_devices(connection, {2: {"platform": "ipados"}}),
}
UNDONE = {"a move is undone", "a merge is undone"}
"""After these all is as it was."""


@pytest.mark.parametrize("change", [*WITH_ENGINE, *WITH_CONNECTION])
def test_whoever_changes_who_may_speak_is_seen(
    registry: Registry, engine: Engine, elsewhere: Engine, change: str
) -> None:
    before = held(registry, engine)

    if change in WITH_ENGINE:
        WITH_ENGINE[change](elsewhere)
    else:
        with elsewhere.begin() as connection:
            WITH_CONNECTION[change](connection)
    registry.refresh()

    found = held(registry, engine)
    assert found == read_anew(elsewhere)
    assert (found == before) == (change in UNDONE)


def test_a_site_without_devices_goes_without_a_trace(registry: Registry, engine: Engine, elsewhere: Engine) -> None:
    with elsewhere.begin() as connection:
        move_devices(connection, ALL, [1, 4], Destination(site=find_site(connection, ALL, "Elm")), **SAID)
        remove_site(connection, ALL, "Oak", **SAID)
    registry.refresh()

    found = held(registry, engine)
    assert found == read_anew(elsewhere)
    assert found["b-oak"].hours == found[STRAY].hours != found[OAK].hours


def test_no_column_can_change_unseen(registry: Registry, engine: Engine, elsewhere: Engine) -> None:
    seen: set[str] = set()

    for table in (devices, publishers, sites):
        key = next(iter(table.primary_key))
        for column in table.columns:
            if column is key or str(column) in NEVER_CHANGE or str(column) == "devices.cart":
                continue
            for row in (1, 5) if table is publishers else (1,):  # a device's, and a bridge's
                before = held(registry, engine)
                with elsewhere.begin() as connection:
                    connection.execute(sa.update(table).where(key == row).values({column: _other(column)}))
                registry.refresh()
                found = held(registry, engine)
                assert found == read_anew(elsewhere), column
                seen |= {str(column)} if found != before else set()

    assert seen == {
        "devices.platform",
        "devices.site",
        "devices.retired_on",
        "publishers.platform",
        "publishers.site",
        "publishers.revoked_us",
        "sites.name",
        "sites.zone",
        "sites.days",
        "sites.opens_minute",
        "sites.closes_minute",
    }


def _other(column: sa.Column[Any]) -> Any:
    """A value that nobody else has."""
    special = {"zone": "Asia/Tokyo", "days": "135", "site": 2}
    return special.get(column.name, 77 if column.type.python_type in {int, float} else f"another {column.name}")


def test_a_look_without_news_asks_one_thing_and_news_of_one_reads_one(
    registry: Registry, engine: Engine, elsewhere: Engine
) -> None:
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    quiet = registry.refresh()
    statements = list(asked)
    set_revoked(elsewhere, ALL, OAK, 1)
    news = registry.refresh()

    assert quiet == []
    assert ["registry_changes" in one for one in statements] == [True]
    assert [(one.name, one.is_revoked) for one in news] == [(OAK, True)]


def test_many_changes_are_read_a_part_at_a_look(registry: Registry, engine: Engine, elsewhere: Engine) -> None:
    enroll_devices(elsewhere, READ_AT_ONCE, first=100)
    set_revoked(elsewhere, ALL, OAK, 1)
    first, was_behind = registry.refresh(), registry.is_behind
    rest = registry.refresh()

    assert (len(first), was_behind) == (READ_AT_ONCE, True)
    assert ([one.name for one in rest], registry.is_behind) == ([OAK], False)
    assert held(registry, engine) == read_anew(elsewhere)


def test_an_older_copy_in_the_stores_place_is_read_as_a_whole(
    registry: Registry, engine: Engine, elsewhere: Engine
) -> None:
    with elsewhere.begin() as connection:  # as restored: what was noted since the copy is not in it
        connection.execute(sa.update(devices).where(devices.c.device == 1).values(platform="macos"))
    with elsewhere.begin() as connection:
        connection.execute(sa.text("DELETE FROM registry_changes"))
    registry.refresh()

    assert held(registry, engine) == read_anew(elsewhere)


@pytest.fixture
def postgresql() -> Iterator[Engine]:
    cluster = shared_cluster()
    url = cluster.lend_database()
    opened = open_database(url)
    yield opened
    opened.dispose()
    cluster.take_back(url)


def test_who_began_first_and_commits_last_is_not_missed(postgresql: Engine) -> None:
    enroll_devices(postgresql, 2)
    registry = Registry(postgresql)
    registry.refresh()
    by_key = sa.update(devices).where(devices.c.device == sa.bindparam("key"))
    slow, quick = postgresql.connect(), postgresql.connect()

    slow.execute(by_key.values(platform="macos"), {"key": 1})
    quick.execute(by_key.values(platform="windows"), {"key": 2})
    quick.commit()
    first = [one.name for one in registry.refresh()]
    slow.commit()
    then = [one.name for one in registry.refresh()]

    assert (first, then) == ([device_id(2)], [device_id(1)])
    for one in (slow, quick):
        one.close()
