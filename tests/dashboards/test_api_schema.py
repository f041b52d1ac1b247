"""The API answers as its own schema says, whatever it is asked: every status is documented, every answer fits."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi import checks

from rollcall_collector.api.app import create_api
from rollcall_collector.identity.people import ROLES, Role
from rollcall_collector.identity.programs import SCOPES, add_program
from rollcall_collector.model.person import Right
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from tests.support.browsing import Served, services_for, serving
from tests.support.fleets.seed import NOW

EXAMPLES, EXAMPLES_EACH = 15, 5
"""Questions an operation, from generated ones that fit the schema and some that do not; always the same ones. The second
is for each role, and each scope of a program."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def _describe() -> dict[str, Any]:
    engine = open_database("sqlite://")
    described = create_api(services_for(engine)).openapi()
    engine.dispose()
    return described


DESCRIBED = _describe()
OPERATIONS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A district of its own: the questions change it."""
    with serving(tmp_path_factory.mktemp("asked"), has_record=False) as running:
        yield running


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_fits_the_schema(path: str, method: str, asked: Served) -> None:
    _ask(asked, path, method, EXAMPLES, cookies=asked.cookie("admin"))


@pytest.mark.slow
@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_every_answer_to_every_role_fits_the_schema(role: str, asked: Served) -> None:
    cookies = {} if role == "nobody" else asked.cookie(cast("Role", role))

    for path, method in OPERATIONS:
        _ask(asked, path, method, EXAMPLES_EACH, cookies=cookies)


@pytest.mark.slow
@pytest.mark.parametrize("scope", SCOPES)
def test_every_answer_to_a_program_of_every_scope_fits_the_schema(scope: Right, asked: Served) -> None:
    token = add_program(asked.engine, scope, [scope], Scope.all(), days=9, author="Ada", now=NOW)

    for path, method in OPERATIONS:
        _ask(asked, path, method, EXAMPLES_EACH, headers={"authorization": f"Bearer {token}"})


def _ask(asked: Served, path: str, method: str, examples: int, **who: Any) -> None:
    operation = schemathesis.openapi.from_dict(DESCRIBED)[path][method]

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=f"{asked.url}/api/v1", checks=CHECKS, **who)

    ask()


def test_an_operation_that_exists_is_asked() -> None:
    assert len(OPERATIONS) > 15
