"""`rollcall doctor` names a move that did not end, in the store that is left and in the one that is filled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.cli.doctor import Check, examine
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import StoreError
from rollcall_collector.store.database import open_database
from rollcall_collector.store.moving.move import come_back, move_store
from tests.support.every_row import fill_every_table
from tests.support.faults.cut_off import CutOffError, cut_off
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Engine]:
    engine = new_store(tmp_path)
    fill_every_table(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new() -> Iterator[Engine]:
    engine = open_database(shared_cluster().fresh_database())
    yield engine
    engine.dispose()


def _look(folder: Path, database: str | None = None) -> tuple[Check, ...]:
    settings = CollectorSettings(folder=folder, database=database)
    return tuple(one for one in examine(settings) if one.what.startswith(("move:", "store:")))


def test_a_move_that_was_left_off_is_a_trouble_of_both_stores_until_it_is_given_up(
    old: Engine, new: Engine, tmp_path: Path
) -> None:
    with pytest.raises(CutOffError):
        move_store(old, new, cut_off)
    fill_every_table(old, beginning_at=100)

    opened, left = _look(tmp_path)
    (filled,) = _look(tmp_path, new.url.render_as_string(hide_password=False))
    come_back(old)
    after = _look(tmp_path)

    noted = int(left.what.split()[5].replace(",", ""))
    assert not opened.way_out
    assert left.what.startswith("move: it did not end;")
    assert f"changes wait to be brought to {new.url.render_as_string()}" in left.what
    assert noted > 50
    assert "goes on where it stood" in left.way_out
    assert "--back" in left.way_out
    assert f"still being filled from {old.url.render_as_string()}" in filled.what
    assert "drop this database" in filled.way_out
    assert after == (opened,)


def test_a_move_under_way_is_no_trouble_and_keeps_others_away(old: Engine, new: Engine, tmp_path: Path) -> None:
    seen: list[tuple[Check, ...]] = []

    def look_once(what: str, done: int, all_of_it: int) -> None:
        if seen:
            return
        seen.append(_look(tmp_path))
        with pytest.raises(StoreError, match="another 'rollcall migrate' moves this store"):
            come_back(old)

    move_store(old, new, look_once)
    (moved,) = _look(tmp_path)

    assert seen[0][1].what.startswith("move: under way, ")
    assert not any(one.way_out for one in seen[0])
    assert "has moved to" in moved.what
    assert "set 'database' to that" in moved.way_out
