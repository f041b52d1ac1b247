"""Writes the report on models as a list for spreadsheets: a row a model, and one for each of its purchase years."""

from collections.abc import Iterable, Iterator

from rollcall_collector.model.hardware import Beside, LifeRecord, ModelReport
from rollcall_collector.sheets.csv_cells import write_lines

_RECORD = ("rate", "low", "high", "incidents", "left_out", "dispersion", "device_days", "devices", "in_service")
_BESIDE = ("others_rate", "times", "times_low", "times_high", "likely")
_HEADINGS = (
    "platform",
    "model",
    "purchase_year",
    "advice",
    *_RECORD,
    "named_replace",
    "named_watch",
    "start_seconds",
    "start_seconds_low",
    "start_seconds_high",
    "start_devices",
    "batteries",
    "batteries_under_80",
    "batteries_due",
    "platform_rate",
    *_BESIDE,
    "sentence",
)


def write_csv(models: Iterable[ModelReport]) -> str:
    """The whole list with a line of headings. What is not known is an empty cell, never zero."""
    return write_lines([_HEADINGS, *(row for one in models for row in _rows(one))])


def _rows(one: ModelReport) -> Iterator[list[object]]:
    own = *_figures(one.record), one.platform_rate, *_beside(one.beside)
    yield [one.platform, one.model, "", one.advice, *own, one.sentence]
    for batch in one.batches:
        year = "unknown" if batch.purchase_year is None else batch.purchase_year
        own = *_figures(batch.record), one.platform_rate, *_beside(batch.beside)
        yield [one.platform, one.model, year, batch.standing, *own, ""]


def _figures(record: LifeRecord) -> Iterator[object]:
    yield from (getattr(record, name) for name in _RECORD)
    yield from (record.named_replace, record.named_watch)
    starts, batteries = record.starts, record.batteries
    if starts is None:
        yield from [None] * 4
    else:
        yield from (starts.median_seconds, starts.low_seconds, starts.high_seconds, starts.devices)
    yield from [None] * 3 if batteries is None else (batteries.devices, batteries.under_80, batteries.due)


def _beside(one: Beside | None) -> tuple[float | None, ...]:
    return (None,) * len(_BESIDE) if one is None else (one.others_rate, one.times, one.low, one.high, one.likely)
