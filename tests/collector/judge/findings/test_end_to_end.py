"""Every finding of the registry, from the facts that a device tells over ingest to the flag after one night's judging.

Each rule's own test file says with `COUNT` (how many devices its school needs; 3 where it says nothing) and
`tell(school)` what the first device and its peers tell.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from rollcall_collector.judge.findings.registry import RULES
from rollcall_collector.judge.findings.rule import Rule
from tests.support.fleets.told_school import SUSPECT, ToldSchool
from tests.support.identities import new_store

README = Path(__file__).parents[4] / "collector" / "README.md"


def _tests_of(rule: Rule) -> ModuleType:
    path = next(Path(__file__).parent.rglob(f"test_{rule.name}.py"), None)
    assert path is not None, f"the finding {rule.name} has no test file: test_{rule.name}.py is wanted"
    spec = importlib.util.spec_from_file_location(f"tests_of_{rule.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_device_tells_becomes_a_flag_in_one_night(rule: Rule, tmp_path: Path) -> None:
    engine = new_store(tmp_path)
    own = _tests_of(rule)
    school = ToldSchool(engine=engine, count=getattr(own, "COUNT", 3))

    own.tell(school)
    found = school.judge()

    engine.dispose()
    assert found.get(rule.name) == {SUSPECT}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_finding_is_told_in_the_readme_and_has_a_title(rule: Rule) -> None:
    rows = [line for line in README.read_text().splitlines() if line.startswith(f"| `{rule.name}` |")]

    assert len(rows) == 1
    assert rows[0].count("|") == 4
    assert rule.title
    assert rule.title == rule.title.lower()
