"""The project's promises about itself: words, lock, sizes, verbs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("agent", "collector", "dashboards") for path in (ROOT / room).rglob("src/**/*.py"))
BANNED = {"manager", "helper", "util", "utils", "common", "misc", "data", "info", "process", "handler", "base"}
LINES_MAX = 400


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                continue


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {word.lower() for word in spaced.split("_")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_something(path: Path) -> None:
    found = {name for name in _names(ast.parse(path.read_text())) if _words(name) & BANNED}

    assert found == set()
    assert not _words(path.stem) & BANNED


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_is_too_long_to_read(path: Path) -> None:
    lines = len(path.read_text().splitlines())

    assert lines <= LINES_MAX or path.name in (ROOT / "DECISIONS.md").read_text()


def test_the_lock_is_hashed_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    pins = re.findall(r"^[a-z0-9][\w.\[\],-]*==", lock, flags=re.MULTILINE)

    assert len(pins) > 40
    assert "://" not in lock
    assert "--index" not in lock
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z0-9])", lock.strip()))


def test_every_verb_of_the_makefile_is_listed_by_make() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout

    for verb in ("run", "demo", "test", "check", "bench", "lock", "schema", "screenshots"):
        assert f"make {verb}" in listed


@pytest.mark.parametrize("program", ["rollcall", "rollcall-agent"])
def test_every_verb_stands_in_a_readme(program: str) -> None:
    text = subprocess.run(
        [Path(sys.executable).with_name(program), "--help"], check=True, capture_output=True, text=True
    ).stdout

    readmes = "\n".join(path.read_text() for path in ROOT.rglob("README.md") if ".venv" not in path.parts)
    verbs = re.findall(r"^    ([a-z][a-z-]+) ", text, flags=re.MULTILINE)

    assert verbs
    assert [verb for verb in verbs if f"{program} {verb}" not in readmes] == []
