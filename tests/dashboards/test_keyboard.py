"""Every page is gone through by keyboard alone: each control is reached, seen, used and left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FileChooser, Locator, Page, expect
from playwright.sync_api import TimeoutError as NothingCameError

from rollcall_collector.identity.people import Role
from rollcall_dashboards.pages.settings.setup import STEPS
from tests.dashboards.by_keyboard import troubles
from tests.support.browsing import PAGES, Served, address_of, browsing, serving
from tests.support.fleets import seed
from tests.support.identities import enroll_one
from tests.support.require import require

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.xdist_group("keyboard")]
FOR_TEACHERS = {"teacher's carts": "/carts", "teacher's cart": "/carts/2", "refused": "/people", "lost": "/nowhere"}
FOR_ADMINISTRATORS = {f"setup: {step}": f"/setup/{step}" for step in STEPS} | {
    "chosen": "/devices/chosen?site=Hill+School",
    "labels": "/devices/chosen/labels?site=Hill+School",
    "unknown device": "/devices/nb",
    "nothing found": "/devices?text=nothing+is+called+so",
}
AFTER_A_FORM = {
    "a link": ("/people", "", "New link for Vera"),
    "a program's token": ("/people", "#programs input[name=name]", "Make a token"),
    "an enrollment token": ("/enroll", "", "Make its token"),
    "the emergency's password": ("/settings/sign-in", "", "Make the emergency administrator"),
    "the sheet of a code": ("/carts/3", "", "Make a code and its sheet"),
    "what a list would change": ("/import", "input[type=file]", "See what it would change"),
}
"""Pages that only answer a form: where it stands, what must be filled, and its button."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A district of its own: it is worked with."""
    require("chromium")
    with serving(tmp_path_factory.mktemp("keyboard")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(require("chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(browser: Browser, served: Served) -> Iterator[dict[Role, Page]]:
    """A tab of an administrator and one of a teacher."""
    opened: dict[Role, Page] = {}
    for role in ("admin", "teacher"):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        context.add_cookies([{"name": "rollcall", "value": served.sessions[role], "url": served.url}])
        opened[role] = context.new_page()
    yield opened
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("name", [*PAGES, *FOR_ADMINISTRATORS, *FOR_TEACHERS])
def test_a_page_is_gone_through_without_a_mouse(name: str, pages: dict[Role, Page], served: Served) -> None:
    page = pages["teacher" if name in FOR_TEACHERS else "admin"]
    address = (FOR_TEACHERS | FOR_ADMINISTRATORS).get(name) or address_of(served.engine, name)

    page.goto(served.url + address, wait_until="load")

    assert troubles(page) == []


@pytest.mark.parametrize("name", AFTER_A_FORM)
def test_what_answers_a_form_is_gone_through_too(name: str, page: Page, served: Served) -> None:
    address, field, button = AFTER_A_FORM[name]
    page.goto(served.url + address, wait_until="load")
    if address == "/import":
        page.locator(field).set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": b"Serial,Model,Site\nNEW-1,Fortis,Hill School\n"}
        )
    elif field:
        page.locator(field).fill("Display")
        page.locator("#programs input[name=scope]").first.check()

    page.get_by_role("button", name=button).click()
    page.wait_for_load_state("load")

    assert troubles(page) == []


FAULTY = """<style>:focus-visible { outline: 3px solid } #bare:focus-visible { outline: none } b { cursor: pointer }
#lid { position: fixed; inset: auto 0 0 0; height: 50px; background: red }</style>
<a href="#a" style="display: block; margin-top: 90px">fine</a> <button id="bare">bare</button> <b>mouse</b>
<button tabindex="3">pushed</button> <details><summary>shut</summary><input aria-label="inner"></details>
<a href="#b" style="position: fixed; bottom: 10px">under</a><div id="lid">lid</div> <a href="#c" style="position: absolute; top: 0">above</a>
<script>document.querySelector("summary").addEventListener("click", (event) => event.preventDefault())</script>"""


def test_each_trouble_is_found_on_a_page_that_has_it(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(FAULTY)
    found = set(troubles(page))

    page.set_content(FAULTY.replace("</script>", "; addEventListener('keydown', (e) => e.preventDefault())</script>"))
    with pytest.raises(AssertionError, match="no end after"):
        troubles(page)

    page.close()
    assert {one for one in found if "way back" not in one} == {
        'button "bare": its focus is not shown',
        'b "mouse": for the mouse alone',
        'button "pushed": pushed forward by its tabindex',
        'summary "shut": Enter does not open it',
        'summary "shut": Space does not close it',
        'a "above": out of order after a "under"',
        'a "under": it lies under div "lid"',
    }


@pytest.fixture
def page(pages: dict[Role, Page]) -> Page:
    return pages["admin"]


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    for _ in range(200):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_devices_are_filtered_sorted_and_chosen(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/devices", wait_until="load")

    tab_to(page, page.get_by_label("Verdict"))
    page.keyboard.type("Repair")
    expect(page.locator("#found h1")).to_contain_text("repair")
    expect(page.get_by_label("Verdict")).to_be_focused()
    tab_to(page, page.locator("th a", has_text="Device"))
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort]")).to_contain_text("Device")
    tab_to(page, page.get_by_role("checkbox", name="Choose NB-04"))
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("1 chosen")
    tab_to(page, page.get_by_role("button", name="Move"))
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("1 device chosen")


def test_the_budget_slides_by_arrows_and_is_left_again(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/replace?budget=100", wait_until="load")
    slider, number = page.locator("#budget-slider"), page.get_by_label("Budget", exact=True)

    tab_to(page, slider)
    page.keyboard.press("ArrowRight")
    more = number.input_value()
    expect(page).to_have_url(f"{served.url}/replace?budget={more}")
    expect(slider).to_be_focused()
    page.keyboard.press("Tab")

    assert float(more) > 100
    expect(page.locator("select[name=site]")).to_be_focused()


def test_a_teacher_says_what_is_broken_by_arrows_and_takes_it_back(page: Page, served: Served) -> None:
    page.goto(served.url + address_of(served.engine, "cart_code"), wait_until="load")

    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert [one.is_checked() for one in page.get_by_role("radio").all()][:3] == [False, True, False]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    tab_to(page, page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Taken back.")


def test_a_list_is_chosen_by_a_key(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/import", wait_until="load")

    tab_to(page, page.get_by_label("The list, as CSV"))
    chosen = next((chooser for chooser in (_choose(page) for _ in range(3)) if chooser is not None), None)

    assert chosen is not None
    assert not chosen.is_multiple()


def _choose(page: Page) -> FileChooser | None:
    """Press the key; a browser that is busy may not open the dialog for it."""
    try:
        with page.expect_file_chooser(timeout=10_000) as chooser:
            page.keyboard.press("Enter")
    except NothingCameError:
        return None
    return chooser.value


def test_what_renews_itself_leaves_the_focus_where_it_is(page: Page, served: Served) -> None:
    enroll_one(served.engine, now=seed.NOW)
    page.goto(f"{served.url}/enroll", wait_until="load")
    link = page.locator("#arrivals td a").first
    tab_to(page, link)
    page.evaluate("document.activeElement.dataset.old = 'yes'")

    page.evaluate("htmx.ajax('GET', '/enroll/arrivals?since=2026-11-01', {target: '#arrivals', swap: 'outerHTML'})")
    expect(page.locator("[data-old]")).to_have_count(0)

    expect(link).to_be_focused()
