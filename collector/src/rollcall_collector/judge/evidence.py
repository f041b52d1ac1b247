"""Gathers the numbers behind a slow start or a fading battery out of the fleet's arrays, ready to be said."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from rollcall_collector.judge.battery import BatteryOutlook
from rollcall_collector.judge.starts.baseline import StartupTrack
from rollcall_collector.judge.starts.slowness import Slowness, changed_on

DAYS_A_MONTH = 30.4
REFRESH_MONTHS = 12
"""A device whose support ends sooner goes with the next refresh."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupEvidence:
    """How one device's starts changed: seconds before and now, what its peers' changed by, from how many boots."""

    since_day: int
    usual_seconds: float
    now_seconds: float
    peers_seconds: float
    boots: int
    sureness: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryEvidence:
    """How one device's battery fares: shares of its design, losses a month, months left with their 90 % interval."""

    health: float
    design_wh: float | None
    full_wh: float | None
    cycles: int | None
    loss: float
    model_loss: float
    months_left: float
    months_left_low: float
    months_left_high: float
    probability: float
    hours: float | None
    is_due: bool


def startup_evidence(track: StartupTrack, slowness: Slowness, device: int) -> StartupEvidence | None:
    """The evidence of a device that has become slow; None where it has not."""
    since = changed_on(track, device) if slowness.is_slow[device] else None
    if since is None:
        return None
    low, high = np.searchsorted(track.device, [device, device + 1])
    shift = track.shift[low:high][np.isfinite(track.shift[low:high])]
    before = float(np.exp(track.baseline[device] + shift[0]))
    peers = before * float(np.exp(shift[-1] - shift[0]) - 1)
    return StartupEvidence(
        since_day=since,
        usual_seconds=before,
        now_seconds=(before + peers) * float(slowness.ratio[device]),
        peers_seconds=peers,
        boots=int(slowness.boots[device]),
        sureness=float(slowness.sureness[device]),
    )


def battery_evidence(
    outlook: BatteryOutlook,
    device: int,
    *,
    design_wh: float | None = None,
    full_wh: float | None = None,
    cycles: int | None = None,
) -> BatteryEvidence | None:
    """The evidence of a battery that is due or watched; None where it is neither."""
    if not (outlook.is_due[device] or outlook.is_watched[device]):
        return None
    hours = float(outlook.hours[device])
    return BatteryEvidence(
        health=float(outlook.health[device]),
        design_wh=design_wh,
        full_wh=full_wh,
        cycles=cycles,
        loss=float(outlook.loss[device]),
        model_loss=float(outlook.model_loss[device]),
        months_left=float(outlook.months_left[device]),
        months_left_low=float(outlook.months_left_low[device]),
        months_left_high=float(outlook.months_left_high[device]),
        probability=float(outlook.probability[device]),
        hours=hours if np.isfinite(hours) else None,
        is_due=bool(outlook.is_due[device]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """What the school's papers say of a device, as of `today`; None is not known."""

    today: date
    warranty_until: date | None = None
    support_until: date | None = None

    @property
    def is_in_warranty(self) -> bool:
        """Whether the vendor still pays."""
        return self.warranty_until is not None and self.warranty_until >= self.today

    @property
    def support_months(self) -> float | None:
        """Months until its support ends; below zero when it has ended."""
        return None if self.support_until is None else (self.support_until - self.today).days / DAYS_A_MONTH

    @property
    def is_support_ending(self) -> bool:
        """Whether its support ends within a year, or has ended."""
        return self.support_months is not None and self.support_months <= REFRESH_MONTHS
