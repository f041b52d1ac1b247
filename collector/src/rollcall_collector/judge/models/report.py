"""Reports on each model and its batches: how often it fails, how it ages, how it starts, and what to buy again."""

from dataclasses import replace

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Ints
from rollcall_collector.judge.failures.cohort import encode
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.models.advice import advise, say_advice
from rollcall_collector.judge.models.rates import ModelRate
from rollcall_collector.judge.models.records import Measured, measure, rates_of, records_of
from rollcall_collector.judge.models.standing import stand_beside
from rollcall_collector.judge.models.starts import starts_by_month, with_months
from rollcall_collector.model.fleet import UNKNOWN, FleetHistory
from rollcall_collector.model.hardware import ADVICE, BatchReport, Beside, LifeRecord, ModelReport, Standing

_YEARS = 10_000
"""Room for a purchase year in a batch's code."""


def report_models(judged: WholeJudgement, history: FleetHistory) -> tuple[ModelReport, ...]:
    """One report a model that has a name: what may be bought again first, what lacks evidence last.

    Among the published models of a platform the order is the advice, then the rate.
    """
    known = measure(judged, history)
    devices = history.devices
    model, platform = encode(devices.platform, devices.model), encode(devices.platform)
    first = np.unique(model, return_index=True)[1].tolist()
    names = [(devices.platform[place], devices.model[place]) for place in first]
    rates = rates_of(known, model)
    standings = _stand(known, model, platform, rates)
    records = _with_months(known, model, records_of(known, model, rates))
    platform_rates = _platform_rates(known, platform)
    batches = _batches(known, model)
    reports = []
    for one, (kind, name) in enumerate(names):
        if not name:
            continue
        standing, beside = standings[one]
        advice = advise(standing, beside)
        reports.append(
            ModelReport(
                platform=kind,
                model=name,
                advice=advice,
                sentence=say_advice(advice, records[one], kind, beside),
                platform_rate=None if beside is None else platform_rates[int(platform[first[one]])],
                record=records[one],
                batches=tuple(batches[one]),
                beside=beside,
            )
        )
    return tuple(sorted(reports, key=_order))


def _stand(known: Measured, group: Ints, within: Ints, rates: list[ModelRate]) -> list[tuple[Standing, Beside | None]]:
    return stand_beside(known.counted, group, within, known.judged.arrays.site, rates)


def _with_months(known: Measured, model: Ints, records: list[LifeRecord]) -> list[LifeRecord]:
    months = starts_by_month(known.judged, known.history, model, groups=len(records))
    return [
        replace(record, starts=with_months(record.starts, own)) for record, own in zip(records, months, strict=True)
    ]


def _platform_rates(known: Measured, platform: Ints) -> list[float | None]:
    """The rate of all devices of each platform, the unnamed and the retired ones too; None where none was in use."""
    incidents, days = (np.bincount(platform, weights=one) for one in (known.counted.incidents, known.counted.days))
    return [
        round(float(count * DAYS_A_YEAR / served), 6) if served > 0 else None
        for count, served in zip(incidents, days, strict=True)
    ]


def _batches(known: Measured, model: Ints) -> list[list[BatchReport]]:
    """The batches of each model by purchase year, those of unknown year last."""
    year = np.asarray(known.history.devices.purchase_year, dtype=np.int64)
    codes, batch = np.unique(model * _YEARS + np.where(year == UNKNOWN, _YEARS - 1, year), return_inverse=True)
    rates = rates_of(known, batch)
    standings = _stand(known, batch, model, rates)
    found: list[list[BatchReport]] = [[] for _ in range(int(model.max(initial=-1)) + 1)]
    for code, (standing, beside), record in zip(
        codes.tolist(), standings, records_of(known, batch, rates), strict=True
    ):
        of, bought = divmod(code, _YEARS)
        found[of].append(
            BatchReport(
                purchase_year=None if bought == _YEARS - 1 else bought,
                standing=standing,
                record=record,
                beside=beside,
            )
        )
    return found


def _order(report: ModelReport) -> tuple[bool, str, int, float, str]:
    is_last = report.advice == "insufficient"
    rate = report.record.rate or 0.0
    return is_last, report.platform, ADVICE.index(report.advice), rate, report.model
