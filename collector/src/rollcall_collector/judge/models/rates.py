"""Reports how often each model fails, with an interval, and stays silent where too few devices are known."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.models.survival import rate_interval

LEAST_DEVICES = 100
LEAST_DEVICE_DAYS = 10_000


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
