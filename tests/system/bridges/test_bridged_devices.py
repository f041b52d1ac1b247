"""Thousands of devices come in through a bridge: twice is once, and a collector that is killed resumes."""

from pathlib import Path

import pytest

from rollcall_collector.store.database import open_database
from tests.support.bridges.thousands import bring_all, kill_in_the_middle, known_ipads, new_bridge, web
from tests.support.digest import digest_of

COUNT, EACH, LISTED = 2_000, 250, 300


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'rollcall.sqlite3'}"


def test_the_second_time_changes_nothing(tmp_path: Path, database_url: str) -> None:
    login = new_bridge(database_url, listed=LISTED)
    engine = open_database(database_url)

    with web(tmp_path, database_url) as server:
        first = bring_all(server.url, login, COUNT, each=EACH)
        before = digest_of(engine)
        again = bring_all(server.url, login, COUNT, each=EACH)

    assert again == first
    assert len(set(first)) == COUNT
    assert first[:LISTED] == [f"d-listed-{number}" for number in range(LISTED)]
    assert digest_of(engine) == before
    engine.dispose()


@pytest.mark.slow
def test_a_collector_killed_in_the_middle_resumes_by_the_same_call(tmp_path: Path, database_url: str) -> None:
    login = new_bridge(database_url)
    engine = open_database(database_url)

    for part in (1, 3):
        with web(tmp_path, database_url) as server:
            kept = kill_in_the_middle(server, engine, login, COUNT, each=EACH, kept=part * EACH)
        assert kept % EACH == 0  # a list is kept as a whole, or not at all
    with web(tmp_path, database_url) as server:
        ids = bring_all(server.url, login, COUNT, each=EACH)
        before = digest_of(engine)
        again = bring_all(server.url, login, COUNT, each=EACH)

    assert known_ipads(engine) == len(set(ids)) == COUNT
    assert again == ids
    assert digest_of(engine) == before
    engine.dispose()
