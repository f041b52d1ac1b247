"""Reads, once and of all devices that the asker may see, what a plan is made from."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection

from rollcall_collector.judge.failures.what_if import draw_among
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.judgement import ANY, Judgement, JudgingRun, StartJudgement
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
from rollcall_collector.store.history.plan_totals import Alike, count_alike, count_shares, list_contenders
from rollcall_collector.store.judged.judgings import last_run

_T = TypeVar("_T")
_LIKELY = 0.8
_PART = 500
"""Devices a question: a database takes only so many names in one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """The devices in scope and in service that a plan may speak of, what stands against them, and their numbers.

    `owned`, `rows` and `starts` are by key, of those under a flag or in `named`, or of every device (`read_whole`);
    `rows` are of channels with an incident, and not of who is only watched: `failed` says who has any. `named` would
    stand on the replace list if the last judging had been the first, `alike` counts all devices, and `typical_share`
    is how much of a year they are used.
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
    keys = sorted(named.union(one.device for one in grounds))
    owned = _of_each(keys, lambda part: {one.device: one for one in list_owned(connection, scope, today, part)})
    weighed = sorted(named.union(one.device for one in grounds if not _is_watched(one)))
    rows = _of_each(weighed, lambda part: list_incidents(connection, scope, part))
    watched = sorted(set(keys).difference(weighed))
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
    """The same with the numbers of every device: for another rule, under which anybody may be named."""
    rows = list_incidents(connection, scope)
    return replace(
        fleet,
        owned={one.device: one for one in list_owned(connection, scope, fleet.today)},
        rows=rows,
        failed=frozenset(rows),
        starts=list_starts(connection, scope),
    )


def _is_watched(one: StandingFlag) -> bool:
    """Whether a plan only counts its device: nothing is done with it, and it is not on the replace list."""
    return (one.state not in STANDING or one.found.verdict == "watch") and one.found.evidence.get(
        "listed"
    ) != "replace"


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
