"""The fleet's whole record, as kept: enough to judge it again as of any past day, and to see what came after."""

from array import array
from dataclasses import dataclass

from rollcall_collector.model.fleet import FleetHistory


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetRecord:
    """`history` holds it all in a single month of its window's length; the days in use stand here one by one.

    `bought_on` has one entry a device, `active_device` (a place in the history's columns) and `active_on` one a device
    and day, by device and day. Days are days since 1970-01-01, `UNKNOWN` where nobody wrote one down.
    """

    history: FleetHistory
    bought_on: "array[int]"
    active_device: "array[int]"
    active_on: "array[int]"
