"""Judges the fleet: reads facts, lets the judge speak, keeps flags and verdicts, in small transactions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Engine

from rollcall_collector.judge.unarguable import FAILURE_DAYS, READING_DAYS, RULES, find_unarguable, judge_exposure
from rollcall_collector.model.fact import DeviceFacts
from rollcall_collector.store.exposure import Exposure, gather_facts, list_exposures, newly_failed, suspects
from rollcall_collector.store.flags import keep_findings, wake_postponed
from rollcall_collector.store.instants import from_day, local_day, to_us
from rollcall_collector.store.kept_settings import read_setting, write_setting
from rollcall_collector.store.verdicts import keep_verdicts

log = structlog.get_logger(__name__)

BATCH = 500
"""Devices a transaction: ingest waits for no more than these."""
KEYS_MAX = 5000
"""More devices than this at once are the fleet: a database takes only so many names in one question."""
MARGIN_DAYS = 30
"""Readings just older than the rule's span still show where a counter or battery stood before."""
_FAILURE_MARK = "judge.last_failure"
LAST_JUDGED = "judge.last_fleet_us"


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSummary:
    """What one judging did: devices judged, flags opened, closed, and woken after their postponement."""

    devices: int = 0
    opened: int = 0
    closed: int = 0
    woken: int = 0


def judge_fleet(engine: Engine, now: datetime) -> JudgeSummary:
    """Judge every device in use, and remember when."""
    with engine.begin() as connection:
        woken = wake_postponed(connection, now.date())
    summary = _judge(engine, now, keys=None)
    write_setting(engine, LAST_JUDGED, str(to_us(now)))
    done = JudgeSummary(devices=summary.devices, opened=summary.opened, closed=summary.closed, woken=woken)
    log.info("fleet.judged", devices=done.devices, opened=done.opened, closed=done.closed, woken=done.woken)
    return done


def judge_device(engine: Engine, device: int, now: datetime) -> JudgeSummary:
    """Judge one device by its key."""
    return _judge(engine, now, keys=(device,))


def judge_new_failures(engine: Engine, now: datetime) -> JudgeSummary:
    """Judge the devices that failed since this was last asked; nothing is read where nothing failed."""
    mark = int(read_setting(engine, _FAILURE_MARK) or 0)
    with engine.connect() as connection:
        failed, newest = newly_failed(connection, mark)
    if newest == mark:
        return JudgeSummary()
    summary = _judge(engine, now, keys=failed if len(failed) <= KEYS_MAX else None)
    write_setting(engine, _FAILURE_MARK, str(newest))
    return summary


def _judge(engine: Engine, now: datetime, *, keys: Collection[int] | None) -> JudgeSummary:
    today = now.date()
    readings_since = today - timedelta(days=READING_DAYS + MARGIN_DAYS)
    failures_since = today - timedelta(days=FAILURE_DAYS)
    with engine.connect() as connection:
        exposures = list_exposures(connection, today, readings_since=readings_since, keys=keys)
        looked_at = suspects(connection, exposures, failures_since=failures_since)
    opened = closed = 0
    for start in range(0, len(exposures), BATCH):
        batch = exposures[start : start + BATCH]
        near = [one for one in batch if one.device in looked_at]
        more, less = _judge_batch(engine, batch, near, (readings_since, failures_since), now)
        opened, closed = opened + more, closed + less
    return JudgeSummary(devices=len(exposures), opened=opened, closed=closed)


def _judge_batch(
    engine: Engine, batch: Sequence[Exposure], near: Sequence[Exposure], since: tuple[date, date], now: datetime
) -> tuple[int, int]:
    opened = closed = 0
    with engine.begin() as connection:
        facts = gather_facts(connection, near, readings_since=since[0], failures_since=since[1])
        for one in near:
            findings = find_unarguable(facts[one.device], _today(one, now))
            more, less = keep_findings(connection, one.device, findings, rules=RULES, now=now)
            for finding in more:
                log.info("flag.opened", device=one.device, finding=finding)
            for finding in less:
                log.info("flag.closed", device=one.device, finding=finding)
            opened, closed = opened + len(more), closed + len(less)
        judged = {one.device: judge_exposure(_bare(one), _today(one, now)) for one in batch}
        keep_verdicts(connection, judged, now)
    return opened, closed


def _bare(one: Exposure) -> DeviceFacts:
    return DeviceFacts(active_days=one.active_days, last_active_on=one.last_active_on)


def _today(one: Exposure, now: datetime) -> date:
    return from_day(local_day(to_us(now), one.zone))
