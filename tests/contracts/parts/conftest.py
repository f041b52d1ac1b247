"""What shares the work on one store is tried on the database that several processes share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from rollcall_collector.store.database import open_database
from tests.support.postgresql import shared_cluster


@pytest.fixture
def postgresql() -> Iterator[Engine]:
    """A fresh store on PostgreSQL."""
    url = shared_cluster().lend_database()
    opened = open_database(url)
    yield opened
    opened.dispose()
    shared_cluster().take_back(url)
