"""Makes one start or failure of what several publishers said of it: the first word stands, others fill its gaps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollcall_collector.store.keeping.same_fact import Telling
from rollcall_collector.store.keeping.statements import BOOT_COLUMNS
from rollcall_wire import Boot, Failure

BOOT_CONTENT = ("booted_us", "booted_on", "is_day_only", *BOOT_COLUMNS)
FAILURE_CONTENT = ("occurred_us", "occurred_on", "is_day_only", "count", "boot_id", "evidence")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A telling with what was said: the columns of a boot, or of a failure, that have a value."""

    telling: Telling
    said: Mapping[str, Any]


def said_of_boot(boot: Boot) -> dict[str, Any]:
    """What a report says of a start, by the names of the columns."""
    return {name: value for name in BOOT_COLUMNS if (value := getattr(boot, name)) is not None}


def said_of_failure(failure: Failure) -> dict[str, Any]:
    """What a report says of a failure, by the names of the columns."""
    return {"count": failure.count, "boot_id": failure.boot_id, "evidence": failure.evidence}


def merge_boot(words: Sequence[Word]) -> tuple[Any, ...]:
    """The values of `BOOT_CONTENT`. An exact instant stands before a mere day, a known cause before an unknown one."""
    first = _placed_first(words)
    filled = {name: _first_said(words, name) for name in BOOT_COLUMNS}
    return first.at_us, first.on, first.is_day_only, *(filled[name] for name in BOOT_COLUMNS)


def merge_failure(words: Sequence[Word]) -> tuple[Any, ...]:
    """The values of `FAILURE_CONTENT`. The highest count stands: who counted less had not seen them all."""
    first = _placed_first(words)
    count = max(one.said["count"] for one in words)
    evidence: dict[str, float] = {}
    for one in _in_order(words):
        evidence = {**one.said["evidence"], **evidence}
    text = json.dumps(evidence) if evidence else "{}"
    return first.at_us, first.on, first.is_day_only, count, _first_said(words, "boot_id"), text


def _in_order(words: Sequence[Word]) -> list[Word]:
    return sorted(words, key=lambda one: one.telling.told)


def _placed_first(words: Sequence[Word]) -> Telling:
    return min((one.telling for one in words), key=lambda one: (one.is_day_only, one.told))


def _first_said(words: Sequence[Word], name: str) -> Any:
    told = [value for one in _in_order(words) if (value := one.said.get(name)) is not None]
    return next((value for value in told if value != "unknown"), told[0] if told else None)
