"""One server on the seeded district, and one on an empty store, for all tests that only read."""

from collections.abc import Iterator

import pytest

from tests.support.browsing import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A district with its past; who decides something takes a server of their own."""
    with serving(tmp_path_factory.mktemp("district")) as running:
        yield running


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A store right after its installation."""
    with serving(tmp_path_factory.mktemp("empty"), is_seeded=False) as running:
        yield running
