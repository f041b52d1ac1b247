"""Judges single devices again as soon as they fail, by the figures of the last judging of the whole fleet."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection, Engine

from rollcall_collector.judge.failures.one_device import Candidate, candidate_of, evidence_again, list_again, recount
from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.judge.findings.unreliable import UNRELIABLE, find_failures, say_too_little
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.unflagged import say_doubt
from rollcall_collector.judging.batches import (
    in_turns,
    papers_of,
    read_exposures,
    read_facts,
    today_of,
    verdict_of,
)
from rollcall_collector.judging.fleet import FAILURE_MARK, JudgeSummary, judge_fleet
from rollcall_collector.model.fact import DeviceFacts
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.judgement import Judgement, JudgingRun
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import DeviceVerdict
from rollcall_collector.store.facts import failures_by_channel
from rollcall_collector.store.history.device_facts import DeviceInUse, newly_failed
from rollcall_collector.store.instants import to_day
from rollcall_collector.store.judged.decisions import settled
from rollcall_collector.store.judged.flags import keep_findings, listed
from rollcall_collector.store.judged.judgings import change_judgements, device_judgements, every_judgement, last_run
from rollcall_collector.store.judged.verdicts import active_days_by_device, keep_verdicts
from rollcall_collector.store.kept_settings import read_setting, write_setting

log = structlog.get_logger(__name__)

KEYS_MAX = 5000
"""More devices than this at once are the fleet: a database takes only so many names in one question."""
BATCH = 20
"""Devices a transaction: fewer than a night's, since each is counted anew in it."""


def judge_device(engine: Engine, device: int, now: datetime) -> JudgeSummary:
    """Judge one device by its key."""
    return _judge(engine, now, keys=(device,))


def judge_new_failures(
    engine: Engine, now: datetime, *, judge_all: Callable[[datetime], object] | None = None
) -> JudgeSummary:
    """Judge the devices that failed since this was last asked; nothing is read where nothing failed.

    Where so many failed that they are the fleet, `judge_all` judges it: where ingest runs too, in another process.
    """
    mark = int(read_setting(engine, FAILURE_MARK) or 0)
    with engine.connect() as connection:
        failed, newest = newly_failed(connection, mark)
    if newest == mark:
        return JudgeSummary()
    if len(failed) > KEYS_MAX:
        (judge_all or partial(judge_fleet, engine))(now)  # who judges the fleet moves the mark
        return JudgeSummary(devices=len(failed))
    summary = _judge(engine, now, keys=failed)
    write_setting(engine, FAILURE_MARK, str(newest))
    return summary


def _judge(engine: Engine, now: datetime, *, keys: Collection[int]) -> JudgeSummary:
    with engine.connect() as connection:
        exposures = read_exposures(connection, now, keys=keys)
        again = _Again.read(connection)
    opened = closed = 0
    for batch in in_turns(engine, exposures, BATCH):
        with engine.connect() as connection:
            facts = read_facts(connection, batch, now)
        with engine.begin() as connection:
            verdicts: dict[int, DeviceVerdict] = {}
            for one in batch:
                found, rules, doubt = _find(connection, again, one, facts[one.device], now)
                verdicts[one.device] = verdict_of(one, now, doubt)
                more, less = keep_findings(connection, one.device, found, rules=rules, now=now)
                for finding in more:
                    log.info("flag.opened", device_id=one.device_id, finding=finding)
                for finding in less:
                    log.info("flag.closed", device_id=one.device_id, finding=finding)
                opened, closed = opened + len(more), closed + len(less)
            keep_verdicts(connection, verdicts, now)
    return JudgeSummary(devices=len(exposures), opened=opened, closed=closed)


def _find(
    connection: Connection, again: "_Again | None", one: DeviceInUse, facts: DeviceFacts, now: datetime
) -> tuple[tuple[Finding, ...], tuple[str, ...], str | None]:
    """What is found of a device now, the rules that were asked, and why it is not called healthy, if it is not."""
    immediate = registry.immediate()
    subject = Subject(facts=facts, papers=papers_of(one, today_of(one, now)), platform=one.platform)
    found = registry.find(subject, immediate)
    rules = tuple(rule.name for rule in immediate)
    if again is None:
        return registry.without_repeats(found), rules, None
    doubt = again.doubt_of_young_fleet(connection, one)
    if numbers := again.count(connection, one):
        unreliable, doubt = again.find(numbers, one, now)
        found, rules = found + unreliable, (*rules, UNRELIABLE)
    return registry.without_repeats(found), rules, doubt


class _Again:
    """The last judging of the fleet, by which a single device is judged again."""

    def __init__(self, run: JudgingRun, candidates: dict[int, Candidate], lists: dict[int, str]) -> None:
        self._run = run
        self._candidates = candidates
        self._lists = lists
        self._parameters = Parameters.read(run.parameters)

    @classmethod
    def read(cls, connection: Connection) -> "_Again | None":
        """Read from the store; None where no fleet was judged yet."""
        run = last_run(connection, Scope.all())
        if run is None:
            return None
        days = active_days_by_device(connection)
        rows: dict[int, list[Judgement]] = defaultdict(list)
        for row in every_judgement(connection, least_observed=1):
            rows[row.device].append(row)
        candidates = {key: candidate_of(found, days.get(key, 0)) for key, found in rows.items()}
        return cls(run, candidates, listed(connection, Scope.all(), UNRELIABLE))

    def count(self, connection: Connection, one: DeviceInUse) -> tuple[Judgement, ...]:
        """Count a device's incidents anew and keep the numbers; empty where the last judging could not say."""
        rows = device_judgements(connection, Scope.all(), one.device)
        if not rows or not self._run.is_enough:
            return ()
        done_on = settled(connection, (one.device,)).get(one.device, {}).get(UNRELIABLE, -1)
        since_day = max(to_day(self._run.until_on) - self._parameters.window_days, done_on + 1)
        before = round(self._parameters.cap_days) + max(self._run.gap_days.values(), default=0)
        failures = failures_by_channel(connection, one.device, since_day=since_day - before)
        rows = recount(
            rows,
            failures,
            shapes=self._run.shapes,
            gap_days=self._run.gap_days,
            since_day=since_day,
            settling_from=[to_day(day) for day in (one.first_active_on, one.enrolled_on) if day is not None],
            parameters=self._parameters,
        )
        change_judgements(connection, rows)
        return rows

    def doubt_of_young_fleet(self, connection: Connection, one: DeviceInUse) -> str | None:
        """Why a device that failed in several weeks is not called healthy in a fleet with too short a record."""
        least = self._parameters.least_incidents
        if self._run.is_enough or all(
            row.weeks < least for row in device_judgements(connection, Scope.all(), one.device)
        ):
            return None
        return say_too_little(
            self._run.incidents,
            self._run.history_days,
            least_incidents=self._parameters.fleet_incidents,
            least_days=self._parameters.fleet_days,
        )

    def find(
        self, rows: Sequence[Judgement], one: DeviceInUse, now: datetime
    ) -> tuple[tuple[Finding, ...], str | None]:
        """Whether the device of these rows stands on a list now, and the doubt that remains where it does not."""
        self._candidates[one.device] = candidate_of(rows, one.active_days)
        place = list_again(one.device, tuple(self._candidates.values()), was=self._lists, parameters=self._parameters)
        self._lists[one.device] = place
        evidence = evidence_again(
            rows,
            listed=place,
            active_days=one.active_days,
            shapes=self._run.shapes,
            gap_days=self._run.gap_days,
            parameters=self._parameters,
        )
        found = find_failures(evidence, papers_of(one, today_of(one, now)))
        return () if found is None else (found,), say_doubt(evidence)
