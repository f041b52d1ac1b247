"""One page with the extension's modules for all tests of a file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.support.chromebooks.module_pages import module_page


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with module_page() as opened:
        yield opened
