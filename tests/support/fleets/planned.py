"""Writes a judged fleet into a store, number by number, for tests of what is planned with it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, update

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.evidence import Listed
from rollcall_collector.judge.failures.one_device import evidence_again
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.unreliable import find_failures
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.flag import Finding, FlagState
from rollcall_collector.model.judgement import ANY, Judgement, JudgingRun, StartJudgement
from rollcall_collector.model.verdict import DeviceVerdict, Verdict
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_collector.procurement.prices import PlanSettings, Prices
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.flags import keep_findings
from rollcall_collector.store.judged.judgings import keep_run, replace_judgements
from rollcall_collector.store.judged.verdicts import keep_verdicts
from rollcall_collector.store.tables import flags
from tests.support.fleets.kept import keep_device

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
TODAY = NOW.date()
SHAPES = {ANY: 1.6, "crash": 1.6, "storage": 1.6}
RULE = Parameters()
SETTINGS = PlanSettings(
    minutes=MinutesTable(crash=60, storage=45, battery=10), prices=Prices(battery_swap=45, disk_swap=60, repair=80)
)
WORN = Finding(finding="worn_battery", verdict="repair", sentence="Replace the battery.", evidence={"percent": 48.0})
DISK = Finding(finding="failing_disk", verdict="repair", sentence="Replace the disk.", evidence={"code": "read_only"})
ENDING = Finding(finding="support_end", verdict="refresh", sentence="Plan its refresh.", evidence={})


@dataclass(kw_only=True)
class Planned:
    """A store's connection, and the keys of the devices written so far by their names."""

    connection: Connection
    keys: dict[str, int] = field(default_factory=dict)

    def judging(self, **changes: Any) -> int:
        """One judging of the whole fleet, with enough evidence unless it is said otherwise."""
        run = JudgingRun(
            run=0,
            judged_at=NOW,
            until_on=TODAY + timedelta(days=1),
            digest="0" * 64,
            version="0.1.0",
            devices=len(self.keys),
            incidents=900,
            history_days=400,
            is_enough=True,
            replace=0,
            watch=0,
            parameters=asdict(RULE),
            shapes=SHAPES,
            shocks=(),
        )
        fields = {name: getattr(run, name) for name in JudgingRun.__slots__} | changes
        return keep_run(self.connection, JudgingRun(**fields), document="{}", models=[])

    def device(
        self,
        name: str,
        *findings: Finding,
        failed: int | Mapping[str, int] = 0,
        state: FlagState = "open",
        starts: tuple[float | None, float | None, float] | None = (40.0, 40.0, 180.0),
        active_days: int = 200,
        **values: Any,
    ) -> int:
        """A device of 300 with these flags, which crashed so often where 0.8 times were expected in 200 active days.

        `starts` are seconds now, its model's, and starts a year.
        """
        papers: dict[str, Any] = {"price": 300.0, "purchased_on": date(2024, 3, 4), "support_until": date(2033, 3, 4)}
        papers |= {"site": "Oak", "asset_tag": name, "platform": "windows", "model": "Maple 14"} | values
        days = {one: papers[one] for one in papers if one.endswith(("_on", "_until")) and papers[one] is not None}
        key = keep_device(self.connection, name, **papers | {one: to_day(day) for one, day in days.items()})
        self.keys[name] = key
        own = DeviceVerdict(verdict="healthy", sentence="Nothing speaks against it.", active_days=active_days)
        keep_verdicts(self.connection, {key: own}, NOW)
        counts = {"crash": failed} if isinstance(failed, int) else failed
        replace_judgements(
            self.connection,
            (key,),
            [judged(key, channel, count) for channel, count in counts.items()],
            _starts(key, starts),
        )
        self.flag(name, *findings, state=state)
        return key

    def flag(self, name: str, *findings: Finding, state: FlagState = "open") -> None:
        """Flags on a device, in this state."""
        keep_findings(self.connection, self.keys[name], findings, rules=(), now=NOW)
        named = [one.finding for one in findings]
        mine = (flags.c.device == self.keys[name]) & flags.c.finding.in_(named)
        self.connection.execute(update(flags).where(mine).values(state=state))

    def retire(self, name: str) -> None:
        """Out of service from today."""
        table = flags.metadata.tables["devices"]
        self.connection.execute(
            update(table).where(table.c.device == self.keys[name]).values(retired_on=to_day(TODAY))
        )

    def active(self, name: str, first_on: date) -> None:
        """Watched since that day."""
        table = flags.metadata.tables["verdicts"]
        mine = table.c.device == self.keys[name]
        self.connection.execute(update(table).where(mine).values(first_on=to_day(first_on)))


def judged(device: int, channel: str, observed: int, *, expected: float = 0.8) -> Judgement:
    """The judging of a device that failed so often in 200 active days; it foretells what it expected, times its ratio."""
    one = posterior.judge(
        np.array([observed]), np.array([expected]), spread=Spread.gamma(SHAPES[channel]), threshold=RULE.threshold
    )
    ratio = float(one.ratio[0])
    return Judgement(
        device=device,
        channel=channel,
        observed=observed,
        weeks=observed,
        expected=expected,
        ratio=ratio,
        low=None,
        high=None,
        probability=float(one.probability[0]),
        forecast_yearly=ratio * expected * 365.25 / 200,
    )


def judgement(channel: str, *, ratio: float, forecast_yearly: float, device: int = 1, observed: int = 3) -> Judgement:
    """One kind of failure: so many times its peers' rate, so many incidents foretold for an active year."""
    return Judgement(
        device=device,
        channel=channel,
        observed=observed,
        weeks=observed,
        expected=observed / ratio,
        ratio=ratio,
        low=None,
        high=None,
        probability=0.5,
        forecast_yearly=forecast_yearly,
    )


def unreliable(failed: int, *, channel: str = "crash", listed: Listed = "replace", **papers: date) -> Finding:
    """What judging says of a device that failed so often."""
    evidence = evidence_again(
        [judged(0, channel, failed)], listed=listed, active_days=200, shapes=SHAPES, gap_days={}, parameters=RULE
    )
    found = find_failures(evidence, Papers(today=TODAY, **papers))
    assert found is not None
    return found


def claimed(found: Finding) -> Finding:
    """The same while the warranty lasts."""
    verdict: Verdict = "claim"
    return Finding(finding=found.finding, verdict=verdict, sentence=found.sentence, evidence=found.evidence)


def _starts(key: int, starts: tuple[float | None, float | None, float] | None) -> list[StartJudgement]:
    if starts is None:
        return []
    now, model, yearly = starts
    return [StartJudgement(device=key, usual_seconds=now, now_seconds=now, model_seconds=model, starts_yearly=yearly)]
