"""People sign in at a real provider, in a real browser, and are let in as far as the role map says."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from rollcall_collector.identity.people import list_people
from rollcall_collector.identity.role_map import HEADINGS, import_addresses, remove_rule
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster import read_list
from rollcall_collector.store.tables import accounts, people
from tests.support.browsing import browsing
from tests.support.require import require
from tests.support.sign_in.real_provider import RealProvider, real_provider
from tests.support.sign_in.school import School, now, school_with
from tests.support.sign_in.small_issuer import key

pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.xdist_group("sign-in")]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with school_with(tmp_path_factory.mktemp("school"), real_provider) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(require("chromium")) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as opened:
        yield opened


def sign_in(page: Page, school: School, name: str, to: str = "/devices?verdict=repair") -> None:
    page.goto(f"{school.url}{to}")
    page.click("text=Sign in with your school account")
    school.provider.sign_in_there(page, name)


def roles(school: School) -> dict[str, str]:
    return {one.name: one.role for one in list_people(school.engine, Scope.all())}


def test_the_first_sign_in_gives_the_role_of_a_claim_and_the_second_finds_the_same_person(
    school: School, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, school, "ada")
    expect(page).to_have_url(f"{school.url}/devices?verdict=repair")
    expect(page.locator(".who")).to_contain_text("Ada Admin")
    page.click("text=Sign out")

    page.goto(f"{school.url}/carts")
    page.click("text=Sign in with your school account")

    expect(page).to_have_url(f"{school.url}/carts")  # the provider remembers the browser and asks nothing
    assert roles(school)["Ada Admin"] == "admin"
    with school.engine.connect() as connection:
        of_hers = select(func.count()).select_from(accounts.join(people)).where(people.c.name == "Ada Admin")
        assert connection.execute(of_hers).scalar_one() == 1


def test_a_pupils_valid_token_of_the_same_school_is_answered_with_a_sentence_and_leaves_no_row(
    school: School, context: BrowserContext
) -> None:
    page = context.new_page()
    with page.expect_response(re.compile(r"/sign-in/back\?")) as answered:
        sign_in(page, school, "pip")

    assert answered.value.status == 403
    expect(page.locator("h1")).to_have_text(re.compile("staff who look after this school's devices"))
    with school.engine.connect() as connection:
        assert connection.execute(select(people.c.name).where(people.c.name.contains("Pip"))).all() == []
        assert connection.execute(select(accounts.c.subject).where(accounts.c.subject == "pip")).all() == []


def test_a_role_taken_away_closes_the_page_that_is_open(school: School, context: BrowserContext) -> None:
    import_addresses(school.engine, read_list(b"address;role\ntom@school.example;viewer\n", HEADINGS), now())
    page = context.new_page()
    page.clock.install()
    sign_in(page, school, "tom", "/carts")
    expect(page.locator(".who")).to_contain_text("Tom Teacher")

    remove_rule(school.engine, "address", "tom@school.example", now())
    with page.expect_navigation():
        page.clock.run_for(21_000)  # of the browser's clock

    expect(page).to_have_url(f"{school.url}/sign-in?to=/carts")
    assert "Tom Teacher" not in roles(school)
    page.goto(f"{school.url}/sign-in/provider")
    expect(page.locator("h1")).to_have_text(re.compile("gives this account nothing to see"))


def test_a_role_by_the_list_comes_with_its_line_and_another_role_with_another(
    school: School, context: BrowserContext
) -> None:
    import_addresses(school.engine, read_list(b"E-Mail,Role\nTom@School.example,technician\n", HEADINGS), now())
    page = context.new_page()

    sign_in(page, school, "tom", "/devices")

    expect(page.locator(".who")).to_contain_text("Tom Teacher")
    assert roles(school)["Tom Teacher"] == "technician"


def test_a_provider_that_is_down_is_said_and_one_with_another_key_is_believed(
    school: School, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{school.url}/sign-in")
    assert isinstance(school.provider, RealProvider)
    school.provider.stop()
    school.later_seconds = 60.0

    page.click("text=Sign in with your school account")
    expect(page.locator("h1")).to_have_text(re.compile("provider does not answer just now: try again in a minute"))
    school.provider.start(key(1))
    school.later_seconds = 120.0  # it is not asked again at once
    sign_in(page, school, "ada", "/devices")

    expect(page.locator(".who")).to_contain_text("Ada Admin")
