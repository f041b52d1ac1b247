"""Keeps what devices report: one transaction a batch, everything in it counted once, however often it comes."""

from rollcall_collector.store.keeping.batch import Batch
from rollcall_collector.store.keeping.checked import Accepted, Checked, Noted, RefusedReport
from rollcall_collector.store.keeping.faults import is_store_lost, is_wrong_value
from rollcall_collector.store.keeping.keeper import Keeper
from rollcall_collector.store.keeping.watermark import Watermark

__all__ = [
    "Accepted",
    "Batch",
    "Checked",
    "Keeper",
    "Noted",
    "RefusedReport",
    "Watermark",
    "is_store_lost",
    "is_wrong_value",
]
