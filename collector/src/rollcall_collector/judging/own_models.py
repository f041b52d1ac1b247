"""Turns the report on models to somebody who does not see all schools: their own counts, everybody's rates.

How often a model fails is a figure of all schools together, with all devices behind it: it speaks of none of them.
What counts devices as they are now, and the years in which they were bought, does: of these only the asker's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rollcall_collector.model.hardware import LifeRecord, ModelReport
from rollcall_collector.store.judged.own_models import ModelKey, OwnCount


def keep_own(
    models: Iterable[ModelReport], own: Mapping[ModelKey, Mapping[int | None, OwnCount]]
) -> tuple[ModelReport, ...]:
    """The models of which there are own devices, with the counts of those, and their own purchase years."""
    return tuple(_own(one, own[one.platform, one.model]) for one in models if (one.platform, one.model) in own)


def _own(model: ModelReport, years: Mapping[int | None, OwnCount]) -> ModelReport:
    batches = tuple(
        replace(one, record=_recounted(one.record, (years[one.purchase_year],)))
        for one in model.batches
        if one.purchase_year in years
    )
    return replace(model, record=_recounted(model.record, years.values()), batches=batches)


def _recounted(record: LifeRecord, counts: Iterable[OwnCount]) -> LifeRecord:
    known = tuple(counts)
    return replace(
        record,
        in_service=sum(one.in_service for one in known),
        named_replace=sum(one.named_replace for one in known),
        named_watch=sum(one.named_watch for one in known),
        batteries=None,
    )
