"""Says which devices the plan considers, and why: by the flags as they stand, or as another rule would have them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rollcall_collector.judge.failures.one_device import evidence_of_each
from rollcall_collector.judge.failures.what_if import NOBODY, ListedDevices
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.registry import without_repeats
from rollcall_collector.judge.findings.unreliable import UNRELIABLE, find_failures
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.flag import SPEAKING, Finding, FlagState
from rollcall_collector.model.judgement import Judgement, JudgingRun
from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.procurement.inputs import Fleet, asked_rule

TAKEN: tuple[FlagState, ...] = ("open", "accepted")
"""States of a flag that a plan acts on; a postponed one rests."""
NO_FLAG = 0
"""Stands for the flag of a device that only another rule would name."""


class Ground(NamedTuple):
    """One finding on one device, and the flag that proposes it."""

    flag: int
    state: FlagState
    found: Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """Everything that stands against each device, by key, and who is on the lists under the asked rule."""

    by_device: Mapping[int, tuple[Ground, ...]]
    lists: ListedDevices


def find_candidates(fleet: Fleet, question: PlanQuestion) -> Candidates:
    """The devices considered under the asked rule."""
    run = fleet.run
    standing: dict[int, list[Ground]] = defaultdict(list)
    for one in fleet.flags:
        if one.state in TAKEN and one.found.verdict != "watch":
            standing[one.device].append(Ground(flag=one.flag, state=one.state, found=one.found))
    if run is None:
        return Candidates(by_device=_frozen(standing), lists=NOBODY)
    asked = asked_rule(run, question)
    if fleet.drawn is None:
        lists = _standing(fleet, run, asked, standing) if run.is_enough else NOBODY
    else:
        lists = fleet.drawn
        standing = _anew(fleet, run, lists, asked, standing)
    return Candidates(by_device=_frozen(standing), lists=lists)


def _standing(
    fleet: Fleet, run: JudgingRun, asked: Parameters, standing: Mapping[int, Iterable[Ground]]
) -> ListedDevices:
    """Who stands on the lists by the flags: the last night's word, and that of every failure since.

    With them those named, but whose other flags say better what ails them: the promise holds for all.
    """
    listed = {
        one.device: one.found.evidence.get("listed")
        for one in fleet.flags
        if one.found.finding == UNRELIABLE and one.state in SPEAKING and one.device in fleet.failed
    }
    unlisted = {device: fleet.rows[device] for device in fleet.named - set(listed)}
    told_better = {
        device
        for device, found in _find_each(fleet, run, unlisted, asked).items()
        if _is_told_better(found, standing.get(device, ()))
    }
    return ListedDevices(
        replace=frozenset(device for device, name in listed.items() if name == "replace") | told_better,
        watch=frozenset(device for device, name in listed.items() if name == "watch"),
        rows=fleet.rows,
    )


def _anew(
    fleet: Fleet,
    run: JudgingRun,
    lists: ListedDevices,
    asked: Parameters,
    standing: Mapping[int, Iterable[Ground]],
) -> dict[int, list[Ground]]:
    """The flags as they stand, but for unreliability who would be named under the asked rule.

    What people dismissed, postponed or were done with stays out.
    """
    found: dict[int, list[Ground]] = {
        key: [one for one in those if one.found.finding != UNRELIABLE] for key, those in standing.items()
    }
    known = {one.device: one for one in fleet.flags if one.found.finding == UNRELIABLE}
    named = {
        device: lists.rows[device]
        for device in sorted(lists.replace)
        if device not in known or known[device].state in {*TAKEN, "closed"}
    }
    for device, unreliable in _find_each(fleet, run, named, asked).items():
        flag, others = known.get(device), found.get(device, [])
        if _is_told_better(unreliable, others):
            continue
        is_standing = flag is not None and flag.state in TAKEN
        found[device] = [
            Ground(
                flag=flag.flag if flag is not None and is_standing else NO_FLAG,
                state=flag.state if flag is not None and is_standing else "open",
                found=unreliable,
            ),
            *others,
        ]
    return found


def _is_told_better(found: Finding, others: Iterable[Ground]) -> bool:
    """Whether another finding on the same device says better what ails it."""
    return found not in without_repeats((found, *(one.found for one in others)))


def _find_each(
    fleet: Fleet, run: JudgingRun, rows: Mapping[int, Sequence[Judgement]], asked: Parameters
) -> dict[int, Finding]:
    """What is found of devices that would be named, by key; their papers may say that nothing is."""
    evidence = evidence_of_each(
        rows,
        listed="replace",
        active_days={device: fleet.owned[device].active_days for device in rows},
        shapes=run.shapes,
        gap_days=run.gap_days,
        parameters=asked,
    )
    found: dict[int, Finding] = {}
    for device, told in evidence.items():
        owned = fleet.owned[device]
        papers = Papers(today=fleet.today, warranty_until=owned.warranty_until, support_until=owned.support_until)
        finding = find_failures(told, papers)
        if finding is not None:
            found[device] = finding
    return found


def _frozen(found: Mapping[int, Iterable[Ground]]) -> dict[int, tuple[Ground, ...]]:
    return {key: tuple(those) for key, those in found.items() if those}
