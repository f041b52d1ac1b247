"""Says when a managed device's storage is nearly full: updates then fail, and lessons stop at the next photograph."""

from datetime import datetime

from rollcall_wire import Failure
from rollcall_wire.codes import Evidence

LOW_SHARE = 0.10


def nearly_full(free_bytes: int | None, size_bytes: int | None, at: datetime) -> Failure | None:
    """What to tell where under a tenth is free; None where there is room, or nobody knows."""
    if free_bytes is None or not size_bytes or free_bytes / size_bytes >= LOW_SHARE:
        return None
    percent = round(100 * free_bytes / size_bytes, 1)
    evidence: dict[Evidence, float] = {"percent": percent, "bytes": float(free_bytes)}
    return Failure(channel="management", code="storage_low", occurred_at=at, evidence=evidence)
