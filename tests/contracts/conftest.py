"""One store, two databases: every test that asks for `engine` runs on each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.store.database import open_database
from tests.support.identities import new_store
from tests.support.postgresql import shared_cluster


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and nothing in them."""
    folder = tmp_path_factory.mktemp("store")
    new_store(folder).dispose()
    return folder / "rollcall.sqlite3"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both databases; SQLite alone for what reckons with facts that a contract test of their reader has held already."""
    if "database_url" in metafunc.fixturenames:
        is_reckoning = metafunc.definition.get_closest_marker("reckoning") is not None
        names = ["sqlite"] if is_reckoning else ["sqlite", "postgresql"]
        metafunc.parametrize("database_url", names, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database whose tables stand already."""
    if request.param == "sqlite":
        yield str(new_store(tmp_path).url)
        return
    cluster = shared_cluster()
    url = cluster.lend_database()
    yield url
    cluster.take_back(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh, migrated store."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
