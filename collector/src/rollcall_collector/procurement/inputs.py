"""Reads, once and of all devices that the asker may see, what a plan is made from."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection

from rollcall_collector.errors import PlanError
from rollcall_collector.judge.failures import what_if
from rollcall_collector.judge.failures.what_if import NOBODY, JudgedRates, ListedDevices, ask_threshold, draw_among
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.judgement import ANY, Judgement, JudgingRun, StartJudgement
from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.lost_minutes import Record, active_share, typical_share
from rollcall_collector.store.history.plan_inputs import (
    Owned,
    StandingFlag,
    have_failed,
    list_grounds,
    list_incidents,
    list_owned,
    list_starts,
)
from rollcall_collector.store.history.plan_totals import Alike, count_alike, count_shares, list_contenders, list_rates
from rollcall_collector.store.judged.judgings import last_run
from rollcall_collector.store.tables import LIKELY

_T = TypeVar("_T")
_LIKELY, _LIKELY_WATCHED = 0.8, LIKELY
"""So likely bad is whoever is asked first for the replace list alone, and for both: mostly the lists end there."""
_PART = 500
"""Devices a question: a database takes only so many names in one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """The devices in scope and in service that a plan may speak of, what stands against them, and their numbers.

    `owned`, `rows` and `starts` are by key, of those in `named` or under a flag that asks for something, or of every
    device (`read_whole`); `rows` are of channels with an incident; `failed` says of whom there is any, also of those
    who are only watched. `named` would stand on the replace list if the last judging had been the first, `alike`
    counts all devices, `typical_share` is how much of a year they are used, and `drawn` are the lists under another
    rule that is tried out.
    """

    today: date
    run: JudgingRun | None
    owned: Mapping[int, Owned]
    flags: tuple[StandingFlag, ...]
    rows: Mapping[int, Sequence[Judgement]]
    failed: frozenset[int]
    starts: Mapping[int, StartJudgement]
    typical_share: float
    alike: tuple[Alike, ...]
    named: frozenset[int]
    drawn: ListedDevices | None = None

    def record(self, owned: Owned) -> Record:
        """What a device's minutes are reckoned from."""
        is_judged = self.run is not None and owned.active_days > 0
        return Record(
            active_share=active_share(owned.active_days, owned.watched_days, typical=self.typical_share),
            rates=self.rows.get(owned.device, ()) if is_judged else None,
            starts=self.starts.get(owned.device),
        )

    def count(self, owned: Owned) -> int:
        """A device's incidents of every judged kind."""
        return sum(row.observed for row in self.rows.get(owned.device, ()) if row.channel != ANY)


def read_fleet(connection: Connection, scope: Scope, today: date) -> Fleet:
    """What the fleet's own rule needs: a few questions, and a few for every 500 devices that something speaks against.

    Devices without a flag are counted by the database, as most of a district's are.
    """
    run = last_run(connection, scope)
    grounds = list_grounds(connection, scope, also=UNRELIABLE)
    named = _draw(connection, scope, run)
    keys = sorted(named.union(one.device for one in grounds if not _is_watched(one)))
    owned = _of_each(keys, lambda part: {one.device: one for one in list_owned(connection, scope, today, part)})
    rows = _of_each(keys, lambda part: list_incidents(connection, scope, part))
    watched = sorted({one.device for one in grounds}.difference(keys))
    failed = _of_each(watched, lambda part: dict.fromkeys(have_failed(connection, scope, part)))
    return Fleet(
        today=today,
        run=run,
        owned=owned,
        flags=grounds,
        rows=rows,
        failed=frozenset(rows).union(failed),
        starts=_of_each(keys, lambda part: list_starts(connection, scope, part)),
        typical_share=typical_share(count_shares(connection, scope, today)),
        alike=count_alike(connection, scope),
        named=named & owned.keys() & rows.keys(),
    )


def read_whole(connection: Connection, scope: Scope, fleet: Fleet) -> Fleet:
    """The same with the numbers of every device."""
    rows = list_incidents(connection, scope)
    return replace(
        fleet,
        owned={one.device: one for one in list_owned(connection, scope, fleet.today)},
        rows=rows,
        failed=frozenset(rows),
        starts=list_starts(connection, scope),
    )


def read_trial(connection: Connection, scope: Scope, fleet: Fleet, question: PlanQuestion) -> Fleet:
    """The same with the lists drawn up under the rule that is tried out, and the numbers of whoever it names.

    Raises PlanError where the last judging cannot answer for that rule.
    """
    run = fleet.run
    if run is None or (asked := asked_rule(run, question)) == Parameters.read(run.parameters):
        return fleet
    if not run.is_enough:
        return replace(fleet, drawn=NOBODY)
    named, watched = _draw_anew(connection, scope, run, asked)
    rows = _of_each(sorted(named), lambda part: list_incidents(connection, scope, part))
    unknown = sorted((named | watched) - fleet.owned.keys())
    owned = _of_each(
        unknown, lambda part: {one.device: one for one in list_owned(connection, scope, fleet.today, part)}
    )
    starts = _of_each(sorted(named - fleet.owned.keys()), lambda part: list_starts(connection, scope, part))
    return replace(
        fleet,
        owned={**fleet.owned, **owned},
        rows={**fleet.rows, **rows},
        starts={**fleet.starts, **starts},
        drawn=ListedDevices(replace=named, watch=watched, rows=_under(rows, run, asked)),
    )


def asked_rule(run: JudgingRun, question: PlanQuestion) -> Parameters:
    """The rule of the last judging, as far as the question asks for no other."""
    rule = Parameters.read(run.parameters)
    return replace(
        rule,
        threshold=rule.threshold if question.threshold is None else question.threshold,
        replace_fdr=rule.replace_fdr if question.wrong_share is None else question.wrong_share,
    )


def _draw_anew(
    connection: Connection, scope: Scope, run: JudgingRun, asked: Parameters
) -> tuple[frozenset[int], frozenset[int]]:
    """The lists under another rule.

    To fail over a higher threshold is never likelier than over a lower one: where somebody of those who were likely
    enough stands on neither list, nobody stands there who was not.
    """
    named = watched = frozenset[int]()
    is_stricter = asked.threshold >= Parameters.read(run.parameters).threshold
    for likely in (_LIKELY_WATCHED, 0.0) if is_stricter else (0.0,):
        *told, days = list_rates(connection, scope, at_least=likely)
        rates = _ask(JudgedRates.of(*told), run, asked)
        contenders = what_if.list_contenders(rates, np.array(days, dtype=np.int64), parameters=asked)
        named, watched = draw_among(contenders, parameters=asked)
        if any(one >= likely and key not in named and key not in watched for key, one in contenders):
            break
    return named, watched


def _ask(rates: JudgedRates, run: JudgingRun, asked: Parameters) -> JudgedRates:
    judged_by = Parameters.read(run.parameters).threshold
    if asked.threshold == judged_by:
        return rates
    try:
        return ask_threshold(rates, asked.threshold, shapes=run.shapes, judged_by=judged_by)
    except ValueError:
        raise PlanError(
            f"the last judging is an older version's and answers for {judged_by:g} times alone: "
            "leave the threshold out, or judge anew"
        ) from None


def _under(rows: Mapping[int, Sequence[Judgement]], run: JudgingRun, asked: Parameters) -> dict[int, list[Judgement]]:
    """The rows with their probabilities under the rule that is tried out."""
    flat = [row for those in rows.values() for row in those]
    told = ([getattr(row, name) for row in flat] for name in JudgedRates.__slots__)
    rates = _ask(JudgedRates.of(*told), run, asked)
    found: dict[int, list[Judgement]] = defaultdict(list)
    for row, probability in zip(flat, rates.probability.tolist(), strict=True):
        found[row.device].append(row._replace(probability=probability))
    return found


def _is_watched(one: StandingFlag) -> bool:
    """Whether a plan only counts its device: nothing is done with it, and it is not on the replace list."""
    is_let_be = one.state not in STANDING or one.found.verdict == "watch"
    return is_let_be and one.found.evidence.get("listed") != "replace"


def _draw(connection: Connection, scope: Scope, run: JudgingRun | None) -> frozenset[int]:
    """Who would be named if the last judging had been the first.

    Where those who are likely enough are wrong more often than the list may be, it ends among them: nobody else is
    read.
    """
    if run is None or not run.is_enough:
        return frozenset()
    rule = Parameters.read(run.parameters)
    contenders: tuple[tuple[int, float], ...] = ()
    for likely in (_LIKELY, 0.0):
        contenders = list_contenders(
            connection,
            scope,
            least_weeks=rule.least_incidents,
            least_active_days=rule.least_active_days,
            at_least=likely,
        )
        if sum(1 - one for _, one in contenders) > rule.replace_fdr * len(contenders):
            break
    return draw_among(contenders, parameters=rule)[0]


def _of_each(keys: Sequence[int], read: Callable[[Collection[int]], Mapping[int, _T]]) -> dict[int, _T]:
    """What is read of these devices, some hundred at a time."""
    return {key: one for start in range(0, len(keys), _PART) for key, one in read(keys[start : start + _PART]).items()}
