"""Reads, once and for all devices that the asker may see, what a plan is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.model.judgement import ANY, Judgement, JudgingRun, StartJudgement
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.lost_minutes import Record, active_share, typical_share
from rollcall_collector.store.history.plan_inputs import (
    Owned,
    StandingFlag,
    list_grounds,
    list_incidents,
    list_owned,
    list_starts,
)
from rollcall_collector.store.judged.judgings import last_run


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """All devices in scope and in service by key, what stands against them, and their numbers of the last judging.

    `rows` are of devices and channels with an incident. `typical_share` is how much of a year its devices are used.
    """

    today: date
    run: JudgingRun | None
    owned: Mapping[int, Owned]
    flags: tuple[StandingFlag, ...]
    rows: Mapping[int, Sequence[Judgement]]
    starts: Mapping[int, StartJudgement]
    typical_share: float

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
    """Five questions to the store, however many devices are in scope."""
    owned = list_owned(connection, scope, today)
    return Fleet(
        today=today,
        run=last_run(connection, scope),
        owned={one.device: one for one in owned},
        flags=list_grounds(connection, scope, also=UNRELIABLE),
        rows=list_incidents(connection, scope),
        starts=list_starts(connection, scope),
        typical_share=typical_share((one.active_days, one.watched_days or 0) for one in owned),
    )
