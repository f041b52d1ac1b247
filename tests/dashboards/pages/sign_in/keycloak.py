"""The same school with a real Keycloak: what holds of the other provider holds of this one, and a realm's role gives one.

Not called test_, so that nobody else runs it: `make test-keycloak` does.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from rollcall_collector.identity.role_map import add_rule
from tests.dashboards.pages.sign_in.test_provider import (
    browser,
    context,
    roles,
    sign_in,
    test_a_pupils_valid_token_of_the_same_school_is_answered_with_a_sentence_and_leaves_no_row,
    test_a_role_by_the_list_comes_with_its_line_and_another_role_with_another,
    test_a_role_taken_away_closes_the_page_that_is_open,
    test_the_first_sign_in_gives_the_role_of_a_claim_and_the_second_finds_the_same_person,
)
from tests.support.sign_in.keycloak import keycloak
from tests.support.sign_in.school import School, now, school_with

__all__ = [
    "browser",
    "context",
    "test_a_pupils_valid_token_of_the_same_school_is_answered_with_a_sentence_and_leaves_no_row",
    "test_a_role_by_the_list_comes_with_its_line_and_another_role_with_another",
    "test_a_role_taken_away_closes_the_page_that_is_open",
    "test_the_first_sign_in_gives_the_role_of_a_claim_and_the_second_finds_the_same_person",
]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with school_with(tmp_path_factory.mktemp("school"), keycloak) as made:
        yield made


def test_a_role_of_the_realm_gives_a_role_here(school: School, context: BrowserContext) -> None:
    add_rule(school.engine, "app_role", "rollcall-technician", "technician", now())
    page = context.new_page()

    sign_in(page, school, "tia", "/devices")

    expect(page.locator(".who")).to_contain_text("Tia Technician")
    assert roles(school)["Tia Technician"] == "technician"
