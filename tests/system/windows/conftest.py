"""One Windows for all tests of a process: a prefix of Wine takes twenty seconds."""

from collections.abc import Iterator

import pytest

from tests.support.windows.wine import Wine, make_wine


@pytest.fixture(scope="session")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    made = make_wine(tmp_path_factory.mktemp("wine"))
    yield made
    made.cut_power()
