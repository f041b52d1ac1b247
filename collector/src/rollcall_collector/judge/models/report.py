"""Reports on each model and its batches: how often it fails, how it ages, how it starts, and what to buy again."""

from dataclasses import replace

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Ints
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.models.advice import Platform, advise, say_advice, stand
from rollcall_collector.judge.models.rates import ModelRate
from rollcall_collector.judge.models.records import Measured, measure, rates_of, records_of
from rollcall_collector.judge.models.starts import starts_by_month, with_months
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.model.hardware import ADVICE, BatchReport, LifeRecord, ModelReport

_YEARS = 10_000
"""Room for a purchase year in a batch's code."""


def report_models(judged: WholeJudgement, history: FleetHistory) -> tuple[ModelReport, ...]:
    """One report a model that has a name: what may be bought again first, what lacks evidence last.

    Among the published models of a platform the order is the advice, then the rate.
    """
    known = measure(judged, history)
    model = judged.arrays.levels[1]
    first = np.unique(model, return_index=True)[1].tolist()
    names = [(history.devices.platform[place], history.devices.model[place]) for place in first]
    rates = rates_of(known, model)
    records = _with_months(known, model, records_of(known, model, rates))
    platforms = _platforms(known, names, rates)
    batches = _batches(known, rates)
    reports = []
    for one, (platform, name) in enumerate(names):
        if not name:
            continue
        advice = advise(rates[one], platforms[platform])
        reports.append(
            ModelReport(
                platform=platform,
                model=name,
                advice=advice,
                sentence=say_advice(advice, rates[one], platforms[platform]),
                platform_rate=_rounded(platforms[platform]),
                record=records[one],
                batches=tuple(batches[one]),
            )
        )
    return tuple(sorted(reports, key=_order))


def _with_months(known: Measured, model: Ints, records: list[LifeRecord]) -> list[LifeRecord]:
    months = starts_by_month(known.judged, known.history, model, groups=len(records))
    return [
        replace(record, starts=with_months(record.starts, own)) for record, own in zip(records, months, strict=True)
    ]


def _platforms(known: Measured, names: list[tuple[str, str]], rates: list[ModelRate]) -> dict[str, Platform]:
    """Each platform by its name, with all its devices in its rate, the unnamed and the retired ones too."""
    found = {}
    platform_of = np.asarray(known.history.devices.platform, dtype=np.str_)
    for name in sorted({platform for platform, _ in names}):
        mine = platform_of == name
        days, incidents = known.counted.days[mine].sum(), known.counted.incidents[mine].sum()
        found[name] = Platform(
            name=name,
            rate=float(incidents * DAYS_A_YEAR / days) if days > 0 else None,
            published=sum(
                platform == name and bool(model) and rate.is_sufficient
                for (platform, model), rate in zip(names, rates, strict=True)
            ),
        )
    return found


def _batches(known: Measured, rates: list[ModelRate]) -> list[list[BatchReport]]:
    """The batches of each model by purchase year, those of unknown year last."""
    model = known.judged.arrays.levels[1]
    year = np.asarray(known.history.devices.purchase_year, dtype=np.int64)
    codes, batch = np.unique(model * _YEARS + np.where(year == UNKNOWN, _YEARS - 1, year), return_inverse=True)
    own_rates = rates_of(known, batch)
    found: list[list[BatchReport]] = [[] for _ in rates]
    for code, rate, record in zip(codes.tolist(), own_rates, records_of(known, batch, own_rates), strict=True):
        of, bought = divmod(code, _YEARS)
        found[of].append(
            BatchReport(
                purchase_year=None if bought == _YEARS - 1 else bought,
                standing=stand(rate, rates[of].rate),
                record=record,
            )
        )
    return found


def _rounded(platform: Platform) -> float | None:
    return round(platform.rate, 6) if platform.is_comparable and platform.rate is not None else None


def _order(report: ModelReport) -> tuple[bool, str, int, float, str]:
    is_last = report.advice == "insufficient"
    rate = report.record.rate or 0.0
    return is_last, report.platform, ADVICE.index(report.advice), rate, report.model
