"""The project's promises about itself: words, lock, sizes, verbs."""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("agent", "collector", "dashboards") for path in (ROOT / room).rglob("src/**/*.py"))
BANNED = {"manager", "helper", "util", "utils", "common", "misc", "data", "info", "process", "handler", "base"}
BANNED_BUT = {"data_received", "get_extra_info"}
"""Names that hold a banned word because somebody else calls them so: asyncio's."""
LINES_MAX = 400
FUNCTION_LINES_MAX = 40
FILES_MAX = 20
NEVER = {"machine", "unit", "trolley", "asset", "payload", "packet", "plugin", "uuid", "spool", "offline", "downtime"}
NEVER |= {"accused", "accuse", "accusation", "suspect", "innocent"}
NEVER_BUT = {
    "PACKET_BYTES_MAX",  # MQTT's own word, where its packets are read
    "PacketReader",
    "packet",
    "PAYLOAD_BYTES",
    "payload",  # MQTT's own word for the bytes of a message
    "asset_tag",  # the field's name in firmware and in every list of devices
    "TAINTED_BY_MACHINE_CHECK",  # the kernel's
    "offline_uncorrectable",  # SMART's
    "Unit",  # a back-test reads anybody's records: computers, seats, pumps
    "unit",
    "unit_records",
}
"""Names that say a banned word because it is somebody else's term; the list is to shrink."""
_REST = {"collector.api", "dashboards"}
_NUMBERS = {f"collector.{room}" for room in ("judge", "judging", "procurement", "backtest", "lessons", "carts")}
LIBRARY_ROOMS = {
    "paho": {"agent.courier", "collector.ingest"},
    "psutil": {"agent.sources"},
    "google": {"agent.bridges"},
    "alembic": {"collector.store"},
    "psycopg": {"collector.store"},
    "influxdb_client": {"collector.mirror"},
    "urllib3": {"collector.mirror"},
    "apscheduler": {"collector.jobs"},
    "amqtt": {"collector.broker"},
    "fastapi": _REST,
    "starlette": _REST,
    "uvicorn": {"collector.api"},
    "websockets": {"collector.broker"},
    "h11": {"collector.api"},
    "argon2": {"collector.identity"},
    "httpx": {"collector.identity"},
    "joserfc": {"collector.identity"},
    "jinja2": {"dashboards"},
    "markupsafe": {"dashboards"},
    "segno": {"dashboards"},
    "pydantic": {"collector.api", "collector.config", "collector.ingest", "collector.judging"},
    "pydantic_core": {"collector.store"},
    "pydantic_settings": {"collector.config"},
    "openpyxl": {"collector.procurement", "collector.sheets"},
    "numpy": _NUMBERS,
    "scipy": _NUMBERS,
}
"""Who may import which library, by distribution and room."""
EVERYWHERE = {"annotated_types", "sqlalchemy", "structlog"}
"""Constraints stand where a field is; a connection is handed from the use cases down; every room may log, but who thinks."""
TOO_FULL: set[str] = set()
"""Folders that hold more files than that; the list is to shrink."""
TWICE: set[str] = set()
"""Classes whose name stands for two things in one distribution; the list is to shrink."""


@cache
def _trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in SOURCES if "versions" not in path.parts}


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                continue


def _libraries(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0):
                names = [module]
            case ast.Import(names=aliases):
                names = [alias.name for alias in aliases]
            case _:
                continue
        roots = {name.split(".")[0] for name in names}
        yield from (root for root in roots if root not in sys.stdlib_module_names and not root.startswith("rollcall_"))


def _room(path: Path) -> str:
    parts = path.parts[path.parts.index("src") + 1 :]
    distribution = parts[0].removeprefix("rollcall_")
    return distribution if distribution == "dashboards" else f"{distribution}.{Path(parts[1]).stem}"


def _distribution(path: Path) -> str:
    return next(part for part in path.relative_to(ROOT).parts if part.startswith("rollcall_"))


def _body_lines(function: ast.FunctionDef) -> int:
    body = [
        node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return {word.lower() for word in spaced.split("_")}


def test_names_say_something() -> None:
    names = {(path, name) for path, tree in _trees().items() for name in (*_names(tree), path.stem)}

    assert {(path, name) for path, name in names if _words(name) & BANNED and name not in BANNED_BUT} == set()


def test_no_word_stands_for_what_the_glossary_calls_otherwise() -> None:
    names = {name for path, tree in _trees().items() for name in (*_names(tree), path.stem)}

    assert {name for name in names if _words(name) & NEVER} == NEVER_BUT


def test_a_class_has_one_meaning_in_its_distribution() -> None:
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path, tree in _trees().items():
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[_distribution(path), node.name].append(path)

    assert {name for (_, name), places in found.items() if len(places) > 1} == TWICE


def test_no_source_file_is_too_long_to_read() -> None:
    decisions = (ROOT / "DECISIONS.md").read_text()

    long = [path for path in _trees() if len(path.read_text().splitlines()) > LINES_MAX]

    assert [path for path in long if path.name not in decisions] == []


def test_no_function_is_too_long_to_read() -> None:
    """Its body counts: arguments stand one a line, and a docstring is there to be read."""
    found = {
        f"{path.stem}.{node.name}": lines
        for path, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (lines := _body_lines(node)) > FUNCTION_LINES_MAX
    }

    assert found == {}


def test_no_folder_holds_more_than_can_be_overlooked() -> None:
    tests = (ROOT / "tests").rglob("*.py")

    count = Counter(path.parent for path in (*_trees(), *tests) if path.name != "__init__.py")

    assert {folder.name for folder, files in count.items() if files > FILES_MAX} == TOO_FULL


def test_every_foreign_library_keeps_to_its_rooms() -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for path, tree in _trees().items():
        for library in _libraries(tree):
            used[library].add(_room(path))

    assert {
        library: rooms - LIBRARY_ROOMS[library] for library, rooms in used.items() if library in LIBRARY_ROOMS
    } == {library: set() for library in used if library in LIBRARY_ROOMS}
    assert used.keys() - LIBRARY_ROOMS.keys() - EVERYWHERE == set()


def test_the_lock_is_hashed_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    pins = re.findall(r"^[a-z0-9][\w.\[\],-]*==", lock, flags=re.MULTILINE)

    assert len(pins) > 40
    assert "://" not in lock
    assert "--index" not in lock
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z0-9])", lock.strip()))


def test_the_map_in_the_readme_leads_somewhere() -> None:
    rows = re.findall(r"^\| ([^|]+\?) \| `([^`]+)` \|$", (ROOT / "README.md").read_text(), flags=re.MULTILINE)

    assert len(rows) == 16
    assert [file for _, file in rows if not (ROOT / file).is_file()] == []


def test_every_decision_has_its_status_in_the_index() -> None:
    text = (ROOT / "DECISIONS.md").read_text()
    titles = [int(number) for number in re.findall(r"^## (\d+)\. ", text, flags=re.MULTILINE)]
    indexed = re.findall(
        r"^\| (\d+) \| [^|]+ \| (stands|stands in part; see \d+|superseded by \d+) \|$", text, flags=re.MULTILINE
    )

    assert titles == list(range(1, len(titles) + 1))
    assert sorted(int(number) for number, _ in indexed) == titles


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


def test_the_readme_names_the_release_that_is_packed() -> None:
    text = (ROOT / "README.md").read_text()
    (version,) = re.findall(
        r'^version = "([^"]+)"', (ROOT / "collector/pyproject.toml").read_text(), flags=re.MULTILINE
    )

    named = re.findall(r"(?:rollcall(?:-server|-agent)?-|release=)(\d[\w.]*\d)", text)

    assert set(named) == {version}
    assert len(named) > 5
