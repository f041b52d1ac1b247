"""Chromium opens every page: no error, little to transfer, usable on a telephone, filters as one types."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from rollcall_collector.identity.people import Role
from tests.support.browsing import PAGES, Served, address_of, browsing, serving
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = pytest.mark.chromium
BYTES_MAX = 300_000
DESK: ViewportSize = {"width": 1280, "height": 800}


@dataclass
class Seen:
    """What the browser complained of, and what it fetched."""

    complaints: list[str] = field(default_factory=list)
    fetched: list[Request] = field(default_factory=list)

    def bytes(self) -> int:
        return sum(
            sizes["responseBodySize"] + sizes["responseHeadersSize"] for sizes in (one.sizes() for one in self.fetched)
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    require("chromium")
    with serving(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(require("chromium")) as running:
        yield running


@pytest.fixture
def context(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    with _signed_in(browser, served) as opened:
        yield opened


@pytest.fixture(scope="module", params=PAGES)
def loaded(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[tuple[Page, Seen]]:
    """Each page, loaded once by a browser that has nothing of it yet, for all who only look at it."""
    with _signed_in(browser, served, "admin") as context:
        page = context.new_page()
        seen = _watch(page)
        page.goto(_address(served, request.param), wait_until="networkidle")
        yield page, seen


@contextmanager
def _signed_in(browser: Browser, served: Served, role: Role = "technician") -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=DESK)
    opened.add_cookies([{"name": "rollcall", "value": served.sessions[role], "url": served.url}])
    yield opened
    opened.close()


def _watch(page: Page) -> Seen:
    seen = Seen()
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("requestfinished", lambda request: seen.fetched.append(request))  # noqa: PLW0108  # it marks what it is given
    page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
    return seen


def _address(served: Served, name: str) -> str:
    return served.url + address_of(served.engine, name)


def test_a_page_opens_without_a_complaint_and_weighs_little(served: Served, loaded: tuple[Page, Seen]) -> None:
    _, seen = loaded

    assert seen.complaints == []
    assert all(request.url.startswith(served.url) for request in seen.fetched)
    assert 0 < seen.bytes() < BYTES_MAX


@pytest.mark.parametrize("wide", [360, 3840])
def test_a_page_fits_a_telephone_and_a_wall(loaded: tuple[Page, Seen], wide: int) -> None:
    page, _ = loaded

    page.set_viewport_size({"width": wide, "height": 740})

    # A chart is drawn anew a moment after its place has changed.
    wait_for(lambda: page.evaluate(_SCROLLED) <= wide, what=f"a page no wider than {wide} px")
    fit = page.evaluate(_FIT)
    assert fit["smallest"] >= 10
    assert fit["heading"] > 0


def test_no_table_is_cut_off_on_a_desk(loaded: tuple[Page, Seen]) -> None:
    page, _ = loaded

    page.set_viewport_size(DESK)

    cut = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
    wait_for(lambda: page.evaluate(cut) == 0, what="a page without a table that is cut off")


@pytest.mark.parametrize("name", ["device", "/devices/{lemon}"])
def test_a_devices_page_folds_on_a_telephone_and_its_failures_are_whole(
    served: Served, context: BrowserContext, name: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto(_address(served, name), wait_until="networkidle")

    assert page.evaluate("document.documentElement.scrollHeight") < 5_400
    cut = "(one) => one.scrollWidth > one.clientWidth"
    assert not page.locator("section[aria-labelledby=failures]").evaluate(cut)
    page.locator("section[aria-labelledby=sent] summary").click()
    assert page.get_by_text("battery_level_percent").is_visible()


def test_the_bar_on_top_is_one_row_for_who_sees_most_and_long_names_are_cut(browser: Browser, served: Served) -> None:
    with _signed_in(browser, served, "admin") as context:
        page = context.new_page()
        page.goto(served.url + "/privacy", wait_until="load")
        for what in (".brand span", ".who > a:first-child"):
            page.locator(what).evaluate(
                "(one) => { one.textContent = 'Saint Someone of the Upper Valley '.repeat(3); }"
            )

        high = page.locator("header.top").evaluate("(one) => one.getBoundingClientRect().height")
        wide = page.evaluate("document.documentElement.scrollWidth")

    assert high < 60
    assert wide == DESK["width"]


def test_the_skip_link_leads_past_the_menu(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(served.url, wait_until="networkidle")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_the_list_filters_as_one_types_and_keeps_the_question_in_the_address(
    served: Served, context: BrowserContext
) -> None:
    page = context.new_page()
    seen = _watch(page)
    page.goto(f"{served.url}/devices", wait_until="networkidle")

    page.get_by_label("Find", exact=True).press_sequentially("fortis nb-0", delay=10)

    expect(page.locator("#found h1")).to_have_text("9 devices are like this")
    expect(page).to_have_url(f"{served.url}/devices?text=fortis+nb-0")
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    page.get_by_label("Verdict").select_option("repair")
    expect(page.locator("#found h1")).to_have_text("2 devices: repair")
    assert seen.complaints == []


def test_the_list_works_without_scripts(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "rollcall", "value": served.sessions["viewer"], "url": served.url}])
    page = context.new_page()
    page.goto(f"{served.url}/devices")

    page.get_by_label("Find", exact=True).fill("fortis nb-0")
    page.get_by_role("button", name="Show").click()

    expect(page.locator("#found h1")).to_have_text("9 devices are like this")
    page.get_by_role("link", name="NB-04").click()
    expect(page.locator("h1")).to_contain_text("Replace the disk")
    page.get_by_text("The same as a table").click()
    expect(page.locator("[aria-labelledby=starts] details table")).to_be_visible()
    page.goto(f"{served.url}/replace")
    page.get_by_label("Budget", exact=True).fill("300")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("h1")).to_have_text("3 devices to repair, 2 to claim under warranty, within 300")
    expect(page.locator("#budget-slider")).to_be_hidden()
    context.close()


def test_the_device_draws_its_charts(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    seen = _watch(page)

    page.goto(_address(served, "device"), wait_until="networkidle")

    for chart in ("#chart-starts", "#chart-lanes", "#chart-battery"):
        expect(page.locator(f"{chart} canvas")).to_be_visible()
        assert (
            page.evaluate(
                """(chart) => {
                const canvas = document.querySelector(`${chart} canvas`);
                const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                return dots.filter((value, at) => at % 4 === 3 && value > 0).length;
            }""",
                chart,
            )
            > 500
        )
    page.locator("#chart-starts .u-over").hover(position={"x": 20, "y": 20})
    expect(page.locator("#chart-starts .u-legend")).to_contain_text("2026")
    assert seen.complaints == []


def test_a_decision_is_one_press_and_undo_another(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    seen = _watch(page)
    page.goto(_address(served, "device"), wait_until="networkidle")

    page.get_by_label("Why").fill("battery is ordered")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("#flags")).to_contain_text("accepted by Tom: “battery is ordered”")
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    assert seen.complaints == []


def test_the_plan_follows_the_slider_and_its_address_can_be_sent_on(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    seen = _watch(page)
    page.goto(f"{served.url}/replace?budget=100", wait_until="networkidle")
    expect(page.locator("h1")).to_have_text("1 device to repair, 2 to claim under warranty, within 100")

    page.locator("#budget-slider").focus()
    page.keyboard.press("End")

    expect(page.locator("h1")).to_contain_text("2 devices to replace, 4 to repair")
    amount = page.get_by_label("Budget", exact=True).input_value()
    expect(page).to_have_url(f"{served.url}/replace?budget={amount}")
    expect(page.locator("#budget-slider")).to_be_focused()
    page.get_by_label("Budget", exact=True).fill("160")
    expect(page.locator("h1")).to_contain_text("2 devices to repair")
    assert page.locator("#budget-slider").input_value() == "160"
    page.locator("select[name=site]").select_option("South School")
    expect(page.locator("h1")).to_have_text("2 devices to claim under warranty, within 160")
    expect(page).to_have_url(f"{served.url}/replace?budget=160&site=South+School")
    assert seen.complaints == []


def test_a_row_of_the_plan_opens_is_decided_and_undone_where_one_is(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    seen = _watch(page)
    address = f"{served.url}/replace?budget=800&wrong=10"
    page.goto(address, wait_until="networkidle")

    page.locator(".plan summary", has_text="NB-04").press("Enter")
    row = page.locator(".plan li", has_text="NB-04")
    expect(row).to_contain_text("its own health check (SMART) says that it is failing")
    row.get_by_label("Why (kept with your name").fill("no time this week")
    row.get_by_role("button", name="Dismiss").click()

    expect(page).to_have_url(re.compile(f"^{re.escape(address)}#(row|list)"))
    expect(page.locator(".note")).to_be_in_viewport()
    expect(page.locator(".note")).to_contain_text("NB-04: dismissed by Tom")
    expect(row).to_have_count(0)
    page.locator(".note").get_by_role("button", name="Undo").click()
    expect(page).to_have_url(f"{address}#plan")
    expect(page.locator(".plan li", has_text="NB-04")).to_have_count(1)
    assert seen.complaints == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_teacher_says_on_a_telephone_that_one_is_broken_and_takes_it_back(
    served: Served, browser: Browser, has_scripts: bool
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=has_scripts)
    page = context.new_page()
    seen = _watch(page)
    page.goto(_address(served, "cart_code"))
    before = page.locator("h1").inner_text()

    page.get_by_text("This one is broken").click()
    page.get_by_label("Number of the slot").select_option("7")
    page.get_by_label("It does not start").check()
    page.get_by_role("button", name="Tell the technician").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you: the technician sees it.")
    expect(page.locator(".letters li").nth(6)).to_contain_text("B")
    assert page.locator("h1").inner_text() != before
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("status")).to_contain_text("Taken back.")
    expect(page.locator("h1")).to_have_text(before)
    assert seen.complaints == []
    told = {(request.url, referer) for request in seen.fetched if (referer := request.headers.get("referer"))}
    assert told == set()
    context.close()


def test_a_sheet_is_printed_with_its_code_and_little_else(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{served.url}/carts/3", wait_until="load")

    page.get_by_role("button", name="Make a code and its sheet").click()
    page.emulate_media(media="print")

    expect(page.locator("h1")).to_have_text("Cart C")
    expect(page.get_by_role("img", name="QR code of the address below")).to_be_visible()
    expect(page.get_by_text("Print this now")).to_be_hidden()
    expect(page.get_by_text("South School")).to_be_visible()


def test_carts_are_lines_on_a_telephone_and_pictures_elsewhere(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{served.url}/carts", wait_until="load")
    drawn = page.locator(".cart-picture").first
    expect(drawn).to_be_visible()

    page.set_viewport_size({"width": 360, "height": 740})

    expect(drawn).to_be_hidden()
    tall = [box["height"] for one in page.locator("a.cart").all() if (box := one.bounding_box()) is not None]
    assert len(tall) == 3
    assert all(44 <= height <= 72 for height in tall)
    page.locator("a.cart").first.click()
    expect(page.locator("h1")).to_contain_text("of 30 ready")


@pytest.mark.parametrize(
    "name", ["today", "devices", "device", "dossier", "replace", "carts", "cart", "cart_code", "health"]
)
def test_words_stand_out_from_their_ground(served: Served, context: BrowserContext, name: str) -> None:
    page = context.new_page()
    page.goto(_address(served, name), wait_until="networkidle")

    light = page.evaluate(_CONTRAST)
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    dark = page.evaluate(_CONTRAST)

    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (light, dark) == ([], [])


_SCROLLED = "document.documentElement.scrollWidth"
_FIT = """() => ({
    heading: document.querySelector("h1").getBoundingClientRect().height,
    smallest: Math.min(...[...document.querySelectorAll("main p, main td, main a")]
        .map((one) => parseFloat(getComputedStyle(one).fontSize))),
})"""


# WCAG 2.2, 1.4.3: text needs a contrast of 4.5 to what is painted behind it.
_CONTRAST = """() => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (one) => {
        for (let at = one; at; at = at.parentElement) {
            const found = numbers(getComputedStyle(at).backgroundColor);
            if (found.length < 4 || found[3] > 0) return found;
        }
        return [255, 255, 255];
    };
    const faint = [];
    for (const one of document.querySelectorAll("main *, header *")) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !one.checkVisibility() || one.closest("svg, canvas, .said, option, noscript, script")) continue;
        const [a, b] = [light(numbers(getComputedStyle(one).color)), light(ground(one))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) faint.push(`${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)} ${contrast.toFixed(2)}`);
    }
    return [...new Set(faint)];
}"""


def test_devices_are_ticked_by_keyboard_and_the_page_says_how_many(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(served.url + "/devices?site=Hill+School", wait_until="networkidle")

    page.get_by_role("checkbox", name="Choose PC-01").press("Space")
    page.get_by_role("checkbox", name="Choose PC-02").press("Space")
    expect(page.locator("[data-count]")).to_have_text("2 chosen")
    page.get_by_role("checkbox", name="Choose", exact=True).check()
    expect(page.locator("[data-count]")).to_have_text("6 chosen")
    page.get_by_role("checkbox", name="Choose", exact=True).uncheck()
    page.get_by_role("checkbox", name="Choose PC-03").check()
    page.get_by_role("button", name="Move").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("1 device chosen")


def test_the_search_on_top_of_every_page_opens_the_device_of_a_tag(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(served.url + "/health", wait_until="networkidle")

    page.get_by_role("searchbox").fill("nb-11")
    page.get_by_role("searchbox").press("Enter")

    expect(page.locator(".eyebrow").first).to_contain_text("NB-11")
