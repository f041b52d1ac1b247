"""Reads the field cases beside the project in place: small inputs, and what must hold of what was seen of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.require import SHARED, lacking

_ABSENT = "the field cases are not at shared/field/handover beside the project"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldCase:
    """One case: where its inputs lie, what the probe is given, and what must hold."""

    folder: Path
    given: dict[str, Any]
    expected: list[dict[str, Any]]


def case_names(probe: str) -> list[str]:
    """The cases of a probe by name; where the inputs are absent one name, whose test is then skipped."""
    folder = SHARED / "field" / "handover"
    found = [case.parent.name for case in sorted(folder.glob("*/expected.json")) if _read(case)["probe"] == probe]
    return found or ["absent"]


def kinds() -> list[str]:
    """The kinds of which the cases are examples, such as K1; skips or fails where the cases are absent."""
    folder = SHARED / "field" / "handover"
    if not folder.is_dir():
        lacking(_ABSENT)
    return [str(_read(case)["kind"]).partition(" ")[0] for case in sorted(folder.glob("*/expected.json"))]


def read_case(name: str) -> FieldCase:
    """The case of this name; else the test is skipped, or fails where everything is required."""
    folder = SHARED / "field" / "handover" / name
    if not folder.is_dir():
        lacking(_ABSENT)
    case = _read(folder / "expected.json")
    return FieldCase(folder=folder, given=case["input"], expected=case["expect"])


def broken(checks: list[dict[str, Any]], seen: dict[str, Any]) -> list[str]:
    """What does not hold of what was seen, in words."""
    return [line for check in checks for line in _broken(check, seen)]


def _read(file: Path) -> dict[str, Any]:
    read = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def _broken(check: dict[str, Any], seen: dict[str, Any]) -> list[str]:
    if "any" in check:
        ways = [broken(way, seen) for way in check["any"]]
        return [] if any(not way for way in ways) else [" or ".join("; ".join(way) for way in ways)]
    value: Any = seen
    for part in check["at"].split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return [
        f"{check['at']} {rule} {wanted!r}, seen {value!r}"
        for rule, wanted in check.items()
        if rule != "at" and not _holds(rule, value, wanted)
    ]


def _holds(rule: str, value: Any, wanted: Any) -> bool:
    words = str(value).lower()
    values = value if isinstance(value, list) else [value]
    rules: dict[str, Callable[[], bool]] = {
        "is": lambda: bool(value == wanted),
        "is_not": lambda: bool(value != wanted),
        "one_of": lambda: value in wanted,
        "none_of": lambda: not any(one in wanted for one in values),
        "includes": lambda: wanted in (value or ()),
        "excludes": lambda: wanted not in (value or ()),
        "has": lambda: any(one.lower() in words for one in wanted),
        "lacks": lambda: not any(one.lower() in words for one in wanted),
        "starts": lambda: words.startswith(wanted),
        "between": lambda: isinstance(value, int | float) and wanted[0] <= value <= wanted[1],
    }
    return rules[rule]()
