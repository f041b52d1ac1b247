"""Judges the fleet: reads facts, lets the judge speak, keeps flags, verdicts and the judging itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import structlog
from sqlalchemy import Engine

from rollcall_collector.judge.findings import registry
from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.judge.fleet import (
    Fresh,
    WholeJudgement,
    intervals_of,
    judge_starts,
    judge_whole,
    lay_out,
    named_anew,
    read_lists,
)
from rollcall_collector.judge.forecast_record import ForecastRecord
from rollcall_collector.judge.freeze import freeze, tell_shocks
from rollcall_collector.judge.models.report import report_models
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.unflagged import evidence_of_fleet
from rollcall_collector.judging.batches import Progress, Round, read_since
from rollcall_collector.judging.forecasts import keep_forecasts, look_back
from rollcall_collector.judging.history.read import Span, read_history
from rollcall_collector.judging.start_bands import refresh_start_bands
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.fleet import FleetHistory
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.history.device_facts import newest_failure
from rollcall_collector.store.instants import from_day, local_day, to_day, to_us
from rollcall_collector.store.judged.decisions import dismissed_on, settled
from rollcall_collector.store.judged.flags import listed, wake_postponed
from rollcall_collector.store.judged.judgings import keep_run
from rollcall_collector.store.kept_settings import write_setting
from rollcall_collector.store.sites import list_sites

log = structlog.get_logger(__name__)

LAST_JUDGED = "judge.last_fleet_us"
FAILURE_MARK = "judge.last_failure"
"""The setting that holds up to which failure devices were judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSummary:
    """What one judging did: devices judged, flags opened, closed, and woken after their postponement."""

    devices: int = 0
    opened: int = 0
    closed: int = 0
    woken: int = 0


def judge_fleet(
    engine: Engine,
    now: datetime,
    *,
    parameters: Parameters | None = None,
    swap_price: float | None = None,
    progress: Progress | None = None,
) -> JudgeSummary:
    """Judge every device in use, freeze the judging, and remember when.

    `swap_price` is what changing a battery costs (None: not known).
    """
    parameters, say = parameters or Parameters(), progress or _say_nothing
    say("reading what happened", 0, 0)
    with engine.begin() as connection:
        woken = wake_postponed(connection, now.date())
    with engine.connect() as connection:
        last_failure = newest_failure(connection)
    round_, told = _compare(engine, now, parameters, swap_price, say)
    opened, closed, findings = round_.judge(say)
    _freeze(engine, round_, told, findings)
    refresh_start_bands(engine, now.date())
    write_setting(engine, FAILURE_MARK, str(last_failure))
    write_setting(engine, LAST_JUDGED, str(to_us(now)))
    done = JudgeSummary(devices=round_.devices, opened=opened, closed=closed, woken=woken)
    log.info("fleet.judged", devices=done.devices, opened=done.opened, closed=done.closed, woken=done.woken)
    return done


@dataclass(frozen=True, kw_only=True, slots=True)
class _OfFleet:
    """What is said of the fleet as a whole, before the round: there nobody looks at single days and starts."""

    digest: str
    shocks: tuple[Mapping[str, Any], ...]
    models: list[dict[str, Any]]
    forecasts: ForecastRecord

    @classmethod
    def tell(cls, judged: WholeJudgement, history: FleetHistory, parameters: Parameters, digest: str) -> "_OfFleet":
        return cls(
            digest=digest,
            shocks=tell_shocks(judged, history),
            models=[asdict(one) for one in report_models(judged, history)],
            forecasts=look_back(judged, history, parameters),
        )


def _compare(
    engine: Engine, now: datetime, parameters: Parameters, swap_price: float | None, say: Progress
) -> tuple[Round, _OfFleet]:
    """Read and judge everything at once; what only that takes is let go."""
    with engine.connect() as connection:
        sites = {site.site: site for site in list_sites(connection, Scope.all())}
    kept = read_history(
        engine,
        Span(until_day=_until(sites.values(), now), window_days=parameters.window_days, bin_days=parameters.bin_days),
        readings=registry.wanted_readings(),
        readings_since=to_day(read_since(now.date())),
    )
    history, is_odd = kept.history, kept.is_odd
    del kept
    with engine.connect() as connection:
        fresh = Fresh.read(history, settled(connection))
        lists = read_lists(history, listed(connection, Scope.all(), UNRELIABLE))
        dismissed = dismissed_on(connection, UNRELIABLE)
    say("comparing devices with their peers", 0, 0)
    digest, laid = history.digest(), lay_out(history, parameters=parameters, fresh=fresh)
    history = history.without_starts()
    begun = judge_starts(history, laid, parameters=parameters)
    del laid
    judged = judge_whole(history, parameters=parameters, fresh=fresh, before=lists, begun=begun)
    anew = named_anew(judged, history, fresh=fresh, dismissed=dismissed, parameters=parameters)
    told = _OfFleet.tell(judged, history, parameters, digest)
    round_ = Round(
        engine=engine,
        now=now,
        parameters=parameters,
        swap_price=swap_price,
        sites=sites,
        judged=judged,
        history=history.without_facts(),
        is_odd=is_odd,
        intervals=intervals_of(judged),
        evidence=evidence_of_fleet(judged, parameters=parameters),
        judged_by=registry.judged_by(judged),
        anew=anew,
    )
    return round_, told


def _until(sites: Collection[Site], now: datetime) -> int:
    """The day after today, where it is latest: today's failures count at once."""
    return max((local_day(to_us(now), site.zone) for site in sites), default=local_day(to_us(now), "UTC")) + 1


def _freeze(engine: Engine, done: Round, told: _OfFleet, findings: Mapping[str, Sequence[Finding]]) -> None:
    judged, history, parameters = done.judged, done.history, done.parameters
    code_version = version("rollcall-collector")
    document = freeze(
        judged,
        history,
        findings,
        parameters=parameters,
        judged_at=done.now,
        code_version=code_version,
        digest=told.digest,
        shocks=told.shocks,
    )
    failures = judged.failures
    run = JudgingRun(
        run=0,
        judged_at=done.now,
        until_on=from_day(history.until_day),
        digest=told.digest,
        version=code_version,
        devices=done.devices,
        incidents=failures.incident_count,
        history_days=failures.history_days,
        is_enough=failures.is_enough,
        replace=int(failures.replace.sum()),
        watch=int(failures.watch.sum()),
        parameters=asdict(parameters),
        shapes={name: one.spread.tell() for name, one in failures.channels.items()},
        gap_days={name: one.gap_days for name, one in failures.channels.items()},
        shocks=told.shocks,
    )
    with engine.begin() as connection:
        keep_run(connection, run, document=document, models=told.models)
        keep_forecasts(connection, told.forecasts)


def _say_nothing(_what: str, _done: int, _all: int) -> None:
    return
