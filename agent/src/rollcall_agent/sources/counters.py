"""Turns counters into failures: only what grew since the last look counts, and a first look is only a beginning."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Lifetime = Literal["boot", "device", "disk"]
"""When a counter starts at zero: with each start; when somebody resets it; never (going back is another disk)."""
KEYS_MAX = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """Growth by counter since the last look, and the mark to remember now."""

    growth: Mapping[str, int]
    mark: str


def marked(mark: str | None) -> dict[str, Any]:
    """A mark as the JSON object it holds; one that cannot be read is as good as none."""
    try:
        read = json.loads(mark) if mark else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def marking(**values: object) -> str:
    """A mark's text."""
    return json.dumps(values, separators=(",", ":"), sort_keys=True)


def count(
    mark: str | None,
    counts: Mapping[str, int],
    *,
    boot_id: str,
    lifetime: Lifetime,
    passing: frozenset[str] = frozenset(),
) -> Counters:
    """What grew. A counter never seen before is a baseline, however large; one that went back was reset.

    Counters that could not be read now keep their last value, so that a sleeping disk loses nothing. Those named in
    `passing` fall and rise by themselves: only what is above their highest value ever seen has grown.
    """
    past = marked(mark)
    before = {str(name): int(value) for name, value in dict(past.get("counts") or {}).items()}
    is_new_boot = lifetime == "boot" and past.get("boot") != boot_id
    growth = {
        name: grown
        for name, value in counts.items()
        if name in before and (grown := _grown(before[name], value, lifetime=lifetime, is_new_boot=is_new_boot)) > 0
    }
    counts = {
        name: max(value, before.get(name, value)) if name in passing else value for name, value in counts.items()
    }
    kept = {**before, **counts}
    if is_new_boot:
        kept = {**dict.fromkeys(before, 0), **counts}
    return Counters(growth=growth, mark=marking(boot=boot_id, counts=dict(list(kept.items())[-KEYS_MAX:])))


def _grown(before: int, value: int, *, lifetime: Lifetime, is_new_boot: bool) -> int:
    if is_new_boot:
        return value
    if value >= before:
        return value - before
    return 0 if lifetime == "disk" else value
