"""Every page of the registry is whole: it has a question, templates, a row in the README and tests of its own."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from rollcall_dashboards.pages.registry import PAGES
from rollcall_dashboards.shared.page import Page
from rollcall_dashboards.shared.render import environment
from tests.support.require import ROOT

SOURCE = ROOT / "dashboards" / "src" / "rollcall_dashboards"
COURT = re.compile(r"accus|innocent|suspect|deserv|guilty|trolley", re.IGNORECASE)
"""Judge, evidence and verdict are the field's words; these are not, and a cart is no trolley."""
FOLDERS = sorted(path.parent.name for path in SOURCE.glob("pages/*/__init__.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_whole(page: Page) -> None:
    readme = (ROOT / "dashboards" / "README.md").read_text()

    addresses = {route.path for router in page.routers for route in router.routes if hasattr(route, "path")}

    assert page.title
    assert page.question.endswith("?")
    assert page.address in addresses
    assert f"| {page.title} | `{page.address}` | {page.question} " in readme
    assert all(environment().get_template(template) for template in page.templates)
    assert (Path(__file__).parent / "pages" / page.name / f"test_{page.name}.py").exists()


def test_every_folder_of_a_page_is_in_the_registry_once() -> None:
    assert sorted(page.name for page in PAGES) == FOLDERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_every_template_it_shows(page: Page) -> None:
    folder = SOURCE / "pages" / page.name

    shown = {
        node.args[1].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "show"
        if isinstance(node.args[1], ast.Constant)
    }

    assert {name for name in shown if "/" in str(name)} == set(page.templates)


def test_a_class_has_its_name_for_itself() -> None:
    classes = Counter(
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert [name for name, count in classes.items() if count > 1] == []


def test_pages_speak_of_candidates_and_carts_alone() -> None:
    files = [path for ending in ("py", "html", "css", "js") for path in SOURCE.rglob(f"*.{ending}")]

    assert len(files) > 50
    assert [path.name for path in files if "vendor" not in path.parts and COURT.search(path.read_text())] == []
