"""Reports how often each model fails, with an interval, and stays silent where too few devices are known."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.models.survival import rate_interval
from rollcall_collector.model.hardware import LifeRecord
from rollcall_collector.model.wording import say_number

LEAST_DEVICES = 100
LEAST_DEVICE_DAYS = 10_000
LEAST_SHOWN_DEVICES, LEAST_SHOWN_DAYS = 10, 500
"""From here on a figure is shown with its interval, as long as nothing is advised by it."""
SCHOOL_YEAR_DAYS = 190
"""Days of use a school year: what people count in, where statisticians count 365.25 days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRate:
    """Incidents per device and year of one model or batch, with its 90 % interval; None: not enough devices.

    `dispersion` is how much more devices differ than chance would make them; it widens the interval.
    """

    devices: int
    device_days: float
    incidents: int
    rate: float | None
    interval: tuple[float, float] | None
    dispersion: float

    @property
    def is_sufficient(self) -> bool:
        """Whether the figure may be published."""
        return self.rate is not None

    @property
    def lacking(self) -> str | None:
        """What is lacking before it may be published."""
        if self.is_sufficient:
            return None
        lacks = []
        if self.devices < LEAST_DEVICES:
            lacks.append(f"{self.devices} of {LEAST_DEVICES} devices")
        if self.device_days < LEAST_DEVICE_DAYS:
            # Rounded down, so that what lacks a day never reads as complete.
            lacks.append(f"{say_number(int(self.device_days))} of {say_number(LEAST_DEVICE_DAYS)} days of use")
        return " and ".join(lacks) or "no device of its platform has ever told a failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRate:
    """Incidents in a device-year with its 90 % interval, as far as it is known; only a `is_sure` one is compared."""

    rate: float
    low: float
    high: float
    is_sure: bool


def shown_rate(record: LifeRecord) -> ShownRate | None:
    """What may be shown of a record: its published rate, or that of too few devices, with the wide interval they have.

    None with fewer than 10 devices or 500 days, and where no device of the platform has ever told a failure.
    """
    if record.rate is not None and record.low is not None and record.high is not None:
        return ShownRate(rate=record.rate, low=record.low, high=record.high, is_sure=True)
    few = record.devices < LEAST_SHOWN_DEVICES or record.device_days < LEAST_SHOWN_DAYS
    if record.incidents is None or few:
        return None
    years = record.device_days / DAYS_A_YEAR
    low, high = rate_interval(record.incidents / record.dispersion, years / record.dispersion)
    return ShownRate(rate=record.incidents / years, low=low, high=high, is_sure=False)


def a_school_year(rate: float) -> float:
    """Incidents of 100 devices in a school year, of a rate in device-years."""
    return 100 * rate * SCHOOL_YEAR_DAYS / DAYS_A_YEAR


def rate_models(model: Ints, active_days: Floats, incidents: Ints) -> tuple[ModelRate, ...]:
    """One rate for each model code; `active_days` and `incidents` have one entry a device, retired ones included.

    Published from 100 devices and 10,000 device-days on: Backblaze's rule for its drive statistics. Overdispersion as
    in McCullagh & Nelder, "Generalized Linear Models" (1989), section 4.5: Pearson's X² per degree of freedom.
    """
    groups = int(model.max(initial=-1)) + 1
    seen = active_days > 0
    devices = np.bincount(model[seen], minlength=groups)
    days = np.bincount(model, weights=active_days, minlength=groups)
    count = np.bincount(model, weights=incidents, minlength=groups)
    mean = (count / np.maximum(days, 1e-9))[model] * active_days
    scaled = np.where(mean > 0, (incidents - mean) ** 2 / np.maximum(mean, 1e-12), 0.0)
    pearson = np.bincount(model, weights=scaled, minlength=groups)
    return tuple(
        _rate(int(devices[one]), float(days[one]), int(count[one]), float(pearson[one])) for one in range(groups)
    )


def _rate(devices: int, days: float, incidents: int, pearson: float) -> ModelRate:
    dispersion = max(1.0, pearson / max(devices - 1, 1))
    rate = interval = None
    if devices >= LEAST_DEVICES and days >= LEAST_DEVICE_DAYS:
        years = days / DAYS_A_YEAR
        rate = incidents / years
        interval = rate_interval(incidents / dispersion, years / dispersion)
    return ModelRate(
        devices=devices, device_days=days, incidents=incidents, rate=rate, interval=interval, dispersion=dispersion
    )
