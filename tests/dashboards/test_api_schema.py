"""The API answers as its own schema says, whatever it is asked: every status is documented, every answer fits."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi import checks

from rollcall_collector.api.app import create_api
from rollcall_collector.store.database import open_database
from tests.support.browsing import Served, services_for, serving

EXAMPLES = 15
"""Questions an operation, from generated ones that fit the schema and some that do not; always the same ones."""
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
    operation = schemathesis.openapi.from_dict(DESCRIBED)[path][method]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            base_url=f"{asked.url}/api/v1",
            cookies=asked.cookie("admin"),
            checks=CHECKS,
        )

    ask()


def test_an_operation_that_exists_is_asked() -> None:
    assert len(OPERATIONS) > 15
