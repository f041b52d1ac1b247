"""axe-core finds nothing on any page that keeps somebody from using it: in light and dark, enlarged, in forced colours."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsing import PAGES, Served, address_of, browsing
from tests.support.require import axe, require

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.xdist_group("accessible")]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "enlarged": {"viewport": {"width": 640, "height": 400}},  # 1280 x 800 at 200 %
    "forced colours": {"forced_colors": "active"},
}
ALSO = {"teacher's carts": "/carts", "teacher's cart": "/carts/2", "refused": "/people", "lost": "/nowhere"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(require("chromium")) as running:
        yield running


@pytest.fixture(scope="module", params=LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[tuple[Page, Page]]:
    """One tab of an administrator and one of a teacher, each with the checker loaded on every page."""
    opened = []
    for role in ("admin", "teacher"):
        context = browser.new_context(bypass_csp=True, **LOOKS[request.param])
        context.add_cookies([{"name": "rollcall", "value": served.sessions[role], "url": served.url}])
        opened.append(context.new_page())
    yield opened[0], opened[1]
    for page in opened:
        page.context.close()


@pytest.mark.parametrize("name", [*PAGES, *ALSO])
def test_nothing_keeps_anybody_from_using_a_page(name: str, look: tuple[Page, Page], served: Served) -> None:
    script = axe()
    page = look[1] if name in ALSO else look[0]

    page.goto(served.url + address_of(served.engine, ALSO.get(name, name)), wait_until="load")
    page.evaluate(script)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

    told = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
    assert told == []
