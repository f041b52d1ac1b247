"""From a Rollcall that was just started to three people of three roles, through the pages alone; touches are counted."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browsing import browsing
from tests.support.faults.going_up import running_verb
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = [pytest.mark.chromium, pytest.mark.slow]
PORTS = {"ROLLCALL_WEB__PORT": "0", "ROLLCALL_BROKER__PORT": "0"}
STAFF = {"Ada": "administrator", "Tom": "technician", "Teo": "teacher"}
SEES = {"Ada": ("People", "Replace"), "Tom": ("Replace",), "Teo": ()}
"""What stands on top of each one's pages, of what only some see."""


class Hand:
    """A hand at a browser: whatever it does is one touch."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.touches: Counter[str] = Counter()

    def open(self, link: str) -> None:
        self.touches["opened"] += 1
        self.page.goto(link)

    def click(self, what: Locator) -> None:
        self.touches["clicked"] += 1
        what.click()

    def fill(self, what: Locator, text: str) -> None:
        self.touches["filled"] += 1
        what.fill(text)

    def choose(self, what: Locator, said: str) -> None:
        self.touches["chosen"] += 1
        what.select_option(said)

    def press(self, key: str) -> None:
        self.touches["pressed"] += 1
        self.page.keyboard.press(key)

    def copy(self, what: Locator) -> str:
        """One click takes the whole of it, and a key copies."""
        self.click(what)
        self.press("ControlOrMeta+c")
        return str(self.page.evaluate("getSelection().toString()"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(require("chromium")) as opened:
        yield opened


def first_link(said: str) -> str:
    found = re.search(r"sign in \(once, within 12 hours\): (\S+)", said)
    return found[1] if found else ""


def comes_in(browser: Browser, link: str) -> Hand:
    """Somebody in a browser of their own opens a link and presses its button, which has the focus."""
    hand = Hand(browser.new_context().new_page())
    hand.open(link)
    expect(hand.page.get_by_role("button", name="Sign in")).to_be_focused()
    hand.press("Enter")
    expect(hand.page.locator(".who")).to_be_visible()
    return hand


def test_from_an_empty_system_to_three_people_of_three_roles(browser: Browser, tmp_path: Path) -> None:
    links: dict[str, str] = {}
    with running_verb(tmp_path, "up", "--without-agent", settings=PORTS) as up:
        owner = comes_in(browser, wait_for(lambda: first_link(up.said()), seconds=60, what="the first link"))

        owner.click(owner.page.get_by_role("link", name="People"))
        form = owner.page.get_by_role("region", name="Let somebody look")
        for name, role in STAFF.items():
            owner.fill(form.get_by_label("Name"), name)
            owner.choose(form.get_by_label("Role"), role)
            owner.click(form.get_by_role("button"))
            links[name] = owner.copy(owner.page.get_by_role("status").locator("code"))
        hands = {name: comes_in(browser, link) for name, link in links.items()}

        for name, hand in hands.items():
            expect(hand.page.locator(".who")).to_contain_text(name)
            menu = hand.page.locator("header")
            for word in ("People", "Replace"):
                expect(menu.get_by_role("link", name=word)).to_have_count(int(word in SEES[name]))
    touches = {"who starts": owner.touches, **{name: hand.touches for name, hand in hands.items()}}
    print("".join(f"\n{who}: {one.total()} touches, {dict(one)}" for who, one in touches.items()))
    assert owner.touches.total() <= 3 + 5 * len(STAFF)
    assert {name: hand.touches.total() for name, hand in hands.items()} == dict.fromkeys(STAFF, 2)
