"""A store that came back from a backup knows from when it is, and from later numbers how many reports are not in it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from rollcall_collector.ingest.mqtt_socket import Arrived
from rollcall_collector.ingest.pipeline import Intake
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.backup import restore_backup, write_backup
from rollcall_collector.store.parts.restores import (
    Missing,
    Restore,
    count_missing,
    count_unsettled,
    list_restores,
    note_restore,
)
from rollcall_collector.store.publishers.registry import Registry
from rollcall_wire.topics import topic
from tests.support.listening import NOW, device_id, enroll, message, report, vitals

ME, OTHER, THIRD = map(device_id, (1, 2, 3))
LATER = NOW + timedelta(hours=9)


@pytest.fixture
def intake(engine: Engine) -> Iterator[Intake]:
    """Ingest of a store in which three devices have reported: up to 3, 2 and 1."""
    enroll(engine, 3)
    registry = Registry(engine)
    registry.refresh()
    one = Intake(engine=engine, registry=registry, clock=lambda: NOW)
    for name, last in ((ME, 3), (OTHER, 2), (THIRD, 1)):
        tell(one, name, *range(1, last + 1))
    yield one
    one.forget()


def tell(intake: Intake, name: str, *told: int | dict[str, Any]) -> None:
    reports = [vitals(one, name) if isinstance(one, int) else one for one in told]
    assert intake.receive([Arrived(topic(name, "reports").encode(), message(name, reports), 1)])


def restored(engine: Engine, intake: Intake) -> Restore:
    """The store as it is now was a backup until now."""
    intake.forget()
    return note_restore(engine, NOW)


def missing(engine: Engine, restore: Restore, scope: Scope | None = None) -> Missing:
    with engine.connect() as connection:
        return count_missing(connection, scope or Scope.all(), restore)


def test_later_numbers_tell_what_was_acknowledged_and_is_not_here(engine: Engine, intake: Intake) -> None:
    found = restored(engine, intake)

    before = missing(engine, found)
    tell(intake, ME, 8, 9)
    tell(intake, OTHER, 3)

    assert before == Missing(reports=0, publishers=0, unheard=3)
    assert missing(engine, found) == Missing(reports=4, publishers=1, unheard=1)
    assert missing(engine, found, Scope(sites=frozenset())) == Missing(reports=0, publishers=0, unheard=0)


def test_what_was_only_on_its_way_is_not_missing_any_more_once_it_came(engine: Engine, intake: Intake) -> None:
    found = restored(engine, intake)
    tell(intake, ME, 8)

    tell(intake, ME, 4, 6)

    assert missing(engine, found).reports == 2


def test_what_a_device_says_it_dropped_itself_is_not_counted(engine: Engine, intake: Intake) -> None:
    found = restored(engine, intake)
    whole = {"kind": "gap", "first_seq": 4, "last_seq": 6, "count": 3, "reason": "too_old"}
    torn = {"kind": "gap", "first_seq": 2, "last_seq": 5, "count": 1, "reason": "too_old"}

    tell(intake, ME, report(7, ME, whole), 8)
    tell(intake, OTHER, 3, 5, report(6, OTHER, torn))

    assert missing(engine, found) == Missing(reports=0, publishers=1, unheard=1)


def test_a_second_restore_begins_a_count_of_its_own(engine: Engine, intake: Intake) -> None:
    first = restored(engine, intake)
    tell(intake, ME, 6, 7)

    second = restored(engine, intake)
    tell(intake, ME, 11)

    assert missing(engine, first).reports == 2
    assert missing(engine, second).reports == 3
    with engine.connect() as connection:
        assert [one.restore for one in list_restores(connection)] == [second.restore, first.restore]


def test_a_backup_says_of_when_it_is(engine: Engine, database_url: str, intake: Intake, tmp_path: Path) -> None:
    write_backup(engine, tmp_path / "backup", NOW - timedelta(hours=1), lambda _: None)
    tell(intake, ME, 4)
    intake.forget()
    engine.dispose()

    restore_backup(database_url, tmp_path / "backup", is_replacing=True, now=LATER, progress=lambda _: None)
    found = note_restore(engine, LATER)
    tell(intake, ME, 5)

    assert (found.backup_at, found.restored_at) == (NOW - timedelta(hours=1), LATER)
    assert missing(engine, found) == Missing(reports=1, publishers=1, unheard=2)


def test_a_backup_that_does_not_say_it_is_as_old_as_what_was_heard_last(engine: Engine, intake: Intake) -> None:
    assert restored(engine, intake).backup_at == NOW


@pytest.mark.parametrize(
    ("after", "until", "count"), [(0, 9, 3), (3, 9, 2), (5, 9, 0), (3, 4, 1), (9, 9, 0), (12, 9, 0), (0, 0, 0)]
)
def test_unsettled_numbers_are_counted_between_two_others(after: int, until: int, count: int) -> None:
    assert count_unsettled([(1, 2), (6, 9)], after=after, until=until) == count
