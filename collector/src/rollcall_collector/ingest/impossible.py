"""Rescues a report in which one number cannot be: the number is left out and named, the rest of the report is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from rollcall_wire.explain import name_of
from rollcall_wire.ranges import may_be_missing
from rollcall_wire.reports import KINDS

_OUTSIDE = frozenset({"greater_than_equal", "less_than_equal", "finite_number"})
_MAY_BE_MISSING = {name_of(kind): may_be_missing(kind) for kind in KINDS}
_EVIDENCE = ("failure", "evidence")
_STRUCTURE = "kind"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescued:
    """A report without the numbers that cannot be, as JSON; and each of those with what is wrong with it."""

    text: bytes
    left_out: Mapping[str, str]


def rescue(text: bytes, error: ValidationError) -> Rescued | None:
    """The report without what made it fail. None where more is wrong than a number outside its range.

    Only fields that may be missing are left out, and the numbers of a failure's evidence; a report of which nothing
    measured would be left is not rescued.
    """
    report = json.loads(text)
    left_out: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        path = _optional_path(fault["loc"]) if fault["type"] in _OUTSIDE else None
        if path is None:
            return None
        _remove(report["body"], path)
        left_out[".".join(path)] = fault["msg"]
    if report["body"].keys() == {_STRUCTURE}:
        return None
    return Rescued(text=json.dumps(report).encode(), left_out=left_out)


def _optional_path(where: tuple[int | str, ...]) -> tuple[str, ...] | None:
    """The way from the body to a number that may be missing, from pydantic's own; None for all others."""
    match where:
        case ("body", str(kind), str(field)) if field in _MAY_BE_MISSING.get(kind, ()):
            return (field,)
        case ("body", str(kind), str(field), str(entry)) if (kind, field) == _EVIDENCE:
            return (field, entry)
        case _:
            return None


def _remove(body: dict[str, Any], path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        body = body[name]
    body.pop(path[-1], None)
