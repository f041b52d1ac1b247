"""People sign in at a real provider, in a real browser, and are let in as far as the role map says."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine, func, select

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import Door
from rollcall_collector.identity.people import list_people
from rollcall_collector.identity.role_map import HEADINGS, add_rule, import_addresses, remove_rule
from rollcall_collector.identity.sign_in.discovery import Discovery
from rollcall_collector.identity.sign_in.settings import SignInSettings
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster import read_list
from rollcall_collector.store.tables import accounts, people
from tests.support.browsing import browsing, services_for
from tests.support.identities import new_store
from tests.support.require import require
from tests.support.sign_in.real_provider import RealProvider, free_port, real_provider, sign_in_there
from tests.support.sign_in.small_issuer import CLIENT, SECRET, key

PEOPLE = {
    "ada": {"name": "Ada Admin", "email": "ada@school.example", "email_verified": True, "groups": ["it"]},
    "tom": {"name": "Tom Teacher", "email": "tom@school.example", "email_verified": True},
    "pip": {"name": "Pip Pupil", "email": "pip@school.example", "email_verified": True, "groups": ["pupils"]},
}
pytestmark = [pytest.mark.chromium, pytest.mark.slow, pytest.mark.xdist_group("sign-in")]


def now() -> datetime:
    return datetime.now(UTC)


class School:
    """Rollcall and the provider of one school."""

    def __init__(self, engine: Engine, provider: RealProvider, url: str) -> None:
        self.engine = engine
        self.provider = provider
        self.url = url
        self.later_seconds = 0.0
        """How much later it is than it is, for what Rollcall remembers of the provider."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    engine = new_store(folder)
    port = free_port()
    secret = folder / "client.secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    with real_provider(f"http://127.0.0.1:{port}/sign-in/back", PEOPLE) as provider:
        said = SignInSettings(kind="openid", pinned=provider.url, client_id=CLIENT, client_secret_file=secret)
        made = School(engine, provider, f"http://127.0.0.1:{port}")
        discovery = Discovery(clock=lambda: time.monotonic() + made.later_seconds)
        services = replace(services_for(engine), clock=now, door=Door(file=said, discovery=discovery))
        server = WebServer(create_app(services), host="127.0.0.1", port=port)
        server.start()
        add_rule(engine, "group", "it", "admin", now())
        add_rule(engine, "address", "tom@school.example", "viewer", now())
        yield made
        server.stop()
        engine.dispose()


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
    sign_in_there(page, name)


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
        assert connection.execute(select(func.count()).select_from(accounts)).scalar_one() == len(roles(school))


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
    school.provider.stop()
    school.later_seconds = 60.0

    page.click("text=Sign in with your school account")
    expect(page.locator("h1")).to_have_text(re.compile("provider does not answer just now: try again in a minute"))
    school.provider.start(key(1))
    school.later_seconds = 120.0  # it is not asked again at once
    sign_in(page, school, "ada", "/devices")

    expect(page.locator(".who")).to_contain_text("Ada Admin")
