"""What can be done with a device of which findings speak: mend which parts, or replace it, and what each wins back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rollcall_collector.judge.findings import slow_start
from rollcall_collector.judge.findings.registry import part_of
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.part import Part
from rollcall_collector.model.plan import Step
from rollcall_collector.procurement.lost_minutes import (
    Record,
    Won,
    win_by_mending,
    win_by_new_battery,
    win_by_new_disk,
    win_by_quicker_starts,
    win_by_replacing,
)
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_collector.procurement.prices import DEAR_SHARE, Prices, price_repair

_SECONDS = ("now_seconds", "usual_seconds", "peers_seconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One device with all that stands against it, its record, and what a new one costs (None: not known)."""

    findings: tuple[Finding, ...]
    record: Record
    new_price: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """One thing that can be done: which parts (none: the whole device), for how much, to win what."""

    step: Step
    parts: tuple[Part, ...]
    cost: float | None
    won: Won


def is_listed(found: Finding) -> bool:
    """Whether the device stands on the replace list, wherever its papers send it."""
    return found.verdict == "replace" or (found.finding == UNRELIABLE and found.evidence.get("listed") == "replace")


def find_remedies(case: Case, *, table: MinutesTable, prices: Prices) -> tuple[Remedy, ...]:
    """Every way to mend or replace a device: each part, all sets of parts, and a new one where that is called for.

    A new device is called for by who stands on the replace list, and where a battery costs over half of one.
    """
    parts = _parts(case.findings)
    is_called_for = any(is_listed(one) for one in case.findings)
    if "battery" in parts and _is_dear(case, prices):
        parts, is_called_for = tuple(one for one in parts if one != "battery"), True
    found = [
        Remedy(
            step="repair",
            parts=chosen,
            cost=price_repair(prices, chosen),
            won=sum((_win(case, part, table) for part in chosen), Won()),
        )
        for chosen in _sets(parts)
    ]
    if is_called_for:
        found.append(Remedy(step="replace", parts=(), cost=case.new_price, won=win_all(case, table=table)))
    return tuple(found)


def claim(case: Case, *, table: MinutesTable) -> Remedy:
    """What the vendor owes: a new part for each that findings name, or another device. It costs nothing."""
    parts = _parts(case.findings)
    if not parts or any(is_listed(one) and part_of(one) is None for one in case.findings):
        return Remedy(step="claim", parts=(), cost=0.0, won=win_all(case, table=table))
    won = sum((_win(case, part, table) for part in parts), Won())
    return Remedy(step="claim", parts=parts, cost=0.0, won=won)


def win_all(case: Case, *, table: MinutesTable) -> Won:
    """What a new device wins back."""
    named = {part_of(one) for one in case.findings}
    return win_by_replacing(
        case.record,
        table,
        has_spent_battery="battery" in named,
        has_failing_disk=_has_failing_disk(case.findings),
    )


def _has_failing_disk(findings: Sequence[Finding]) -> bool:
    """Whether a disk is named by its own word or a published rule, not only by its incidents."""
    return any(one.finding != UNRELIABLE and part_of(one) == "disk" for one in findings)


def _parts(findings: Sequence[Finding]) -> tuple[Part, ...]:
    mended = (part_of(one) for one in findings if one.verdict in {"repair", "claim"})
    return tuple(dict.fromkeys(part for part in mended if part is not None))


def _sets(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    for size in range(1, len(parts) + 1):
        yield from combinations(parts, size)


def _is_dear(case: Case, prices: Prices) -> bool:
    swap = price_repair(prices, ("battery",))
    return swap is not None and case.new_price is not None and swap > DEAR_SHARE * case.new_price


def _win(case: Case, part: Part, table: MinutesTable) -> Won:
    match part:
        case "battery":
            return win_by_new_battery(case.record, table)
        case "disk":
            is_failing = _has_failing_disk(case.findings)
            return win_by_new_disk(case.record, table, is_failing=is_failing)
        case "fan":
            return win_by_mending(case.record, table, "thermal")
        case "slow start":
            return win_by_quicker_starts(case.record, seconds_over_usual=_seconds_over_usual(case.findings))


def _seconds_over_usual(findings: Sequence[Finding]) -> float | None:
    """How much slower it starts than it would, had it only changed as its peers did."""
    for one in findings:
        if one.finding == slow_start.NAME:
            now, usual, peers = (one.evidence.get(name) for name in _SECONDS)
            if isinstance(now, int | float) and isinstance(usual, int | float) and isinstance(peers, int | float):
                return now - usual - peers
    return None
