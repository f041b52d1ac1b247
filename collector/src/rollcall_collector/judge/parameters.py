"""The numbers a fleet may set before it is judged; every list is kept together with the ones it was made with."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rollcall_collector.model.fleet import BIN_DAYS, WINDOW_DAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """Defaults and their units; the README beside this file says what each one costs and buys."""

    window_days: int = WINDOW_DAYS  # how far back a device's record is read
    bin_days: int = BIN_DAYS  # peers are compared month by month
    gap_hours: float = 72  # failures closer than this are one incident
    cap_days: float = 14  # and an incident lasts no longer than this
    settling_days: int = 7  # crashes this soon after enrollment or re-image are not counted
    threshold: float = 1.5  # how many times its peers' rate makes a device unreliable
    replace_fdr: float = 0.05  # share of wrong names expected on the replace list, at most
    watch_fdr: float = 0.20  # and on the watch list
    smoothing: float = 5  # pseudo-incidents that steady a cohort's monthly rate
    least_incidents: int = 2  # in different weeks, before a device is named
    least_active_days: float = 60
    fleet_incidents: int = 200  # fewer in the whole fleet: not enough evidence
    fleet_days: int = 180  # a shorter record: not enough evidence
    cohort_devices: int = 20  # smaller cohorts borrow their model's rate, then the platform's
    cohort_years: float = 1
    shock_ratio: float = 3  # a cohort's month with this many times its own rate is named, not charged
    shock_devices: int = 5  # when at least so many different devices had it
    has_flexible_prior: bool = True  # lets a fleet of so many devices say itself how they differ
    mixture_devices: int = 400  # in a smaller one a single gamma keeps its promise better
    recent_half_life_days: float = 180  # how fast the past fades in the forecast

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Parameters":
        """Those that a judging was kept with; names of another version of the code are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    @property
    def bins(self) -> int:
        """How many bins cover the window; the oldest may be a partial one."""
        return -(-self.window_days // self.bin_days)
