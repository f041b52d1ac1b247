"""Foretells when a battery will hold too little for a school day, and says by which published rule it is judged."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Bools, Floats, Ints

_EFFICIENCY = 0.955  # of Theil-Sen against least squares under normal errors
_BATCH = 2_000  # devices whose pairs of months are held at once
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryRule:
    """When a battery is due. Apple designs the iPad's for 80 % at 1,000 cycles; school_day_hours is an assumption."""

    least_health: float = 0.80
    horizon_months: float = 12
    sureness: float = 0.80
    school_day_hours: float = 6
    jump: float = 0.08  # a rise by more than this is a new battery
    least_months: int = 4
    gauge_error: float = 0.005  # of a monthly median, at least


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryOutlook:
    """One entry a device; NaN is not known. Health is full charge over design, `loss` what it loses a month.

    `months_left` until the least health is the middle estimate, with the ends of its 90 % interval; infinite where
    it loses nothing, 0 where it is there already: past the knee near 80 % nothing is foretold. `is_due`: surely too
    weak within the horizon, and already short of a school day. `is_watched`: the first without the second.
    """

    health: Floats
    months: Ints
    loss: Floats
    loss_error: Floats
    model_loss: Floats
    probability: Floats
    months_left: Floats
    months_left_low: Floats
    months_left_high: Floats
    hours: Floats
    is_due: Bools
    is_watched: Bools


def judge_batteries(
    health: Floats, model: Ints, *, full_wh: Floats, drain_watts: Floats, rule: BatteryRule | None = None
) -> BatteryOutlook:
    """Judge batteries from monthly medians: `health` is (devices, months), latest last, NaN where not measured.

    `model` is a code a device; `full_wh` what the battery holds now and `drain_watts` its median drain, NaN unknown:
    an unknown run-time never makes a battery due. Slopes are Theil-Sen's (Sen, JASA 63 (1968) 1379-1389), drawn
    towards the model's by their error (Morris, JASA 78 (1983) 47-55).
    """
    rule = rule or BatteryRule()
    current = since_replacement(health, jump=rule.jump)
    months = np.isfinite(current).sum(axis=1)
    slope, error = fit_slopes(current, least_error=rule.gauge_error)
    is_known = months >= rule.least_months
    slope, error = np.where(is_known, slope, np.nan), np.where(is_known, error, np.nan)
    slope, error, usual = shrink_slopes(slope, error, model)
    latest = _latest(current)
    loss = -slope
    room = latest - rule.least_health
    with np.errstate(divide="ignore", invalid="ignore"):
        probability = np.where(room < 0, 1.0, scipy.special.ndtr((loss - room / rule.horizon_months) / error))
        hours = full_wh / drain_watts
    short = hours < rule.school_day_hours
    weak = probability > rule.sureness
    reach = float(scipy.special.ndtri(0.95)) * error
    return BatteryOutlook(
        health=latest,
        months=months.astype(np.int64),
        loss=loss,
        loss_error=error,
        model_loss=-usual,
        probability=probability,
        months_left=_months(room, loss),
        months_left_low=_months(room, loss + reach),
        months_left_high=_months(room, loss - reach),
        hours=hours,
        is_due=weak & short,
        is_watched=weak & ~short,
    )


def since_replacement(health: Floats, *, jump: float = 0.08) -> Floats:
    """The record of the present battery: everything before a rise by more than `jump` is blanked out (NaN)."""
    kept = health.copy()
    before = np.full(len(health), np.nan)
    for month in range(health.shape[1]):
        is_new = health[:, month] > before + jump
        kept[is_new, :month] = np.nan
        before = np.where(np.isfinite(health[:, month]), health[:, month], before)
    return kept


def fit_slopes(series: Floats, *, least_error: float = 0.005) -> tuple[Floats, Floats]:
    """The median of the slopes between all pairs of months, per month, and its standard error; (devices, months) in.

    NaN with fewer than two values. `least_error` is the smallest error that a single value is granted.
    """
    devices, months = series.shape
    first, second = np.triu_indices(months, 1)
    slope, error = np.full(devices, np.nan), np.full(devices, np.nan)
    for start in range(0, devices, _BATCH):
        part = series[start : start + _BATCH]
        pairs = (part[:, second] - part[:, first]) / (second - first)
        slope[start : start + _BATCH] = middle = _nan_median(pairs)
        time = np.where(np.isfinite(part), np.arange(months), np.nan)
        count = np.isfinite(part).sum(axis=1)
        centred = time - (np.nansum(time, axis=1) / np.maximum(count, 1))[:, None]
        residual = part - middle[:, None] * time
        scatter = 1.4826 * _nan_median(np.abs(residual - _nan_median(residual)[:, None]))
        width = np.sqrt(np.nansum(centred**2, axis=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            error[start : start + _BATCH] = np.maximum(scatter, least_error) / width / np.sqrt(_EFFICIENCY)
    return slope, np.where(np.isfinite(slope), error, np.nan)


def shrink_slopes(slope: Floats, error: Floats, model: Ints) -> tuple[Floats, Floats, Floats]:
    """Slopes drawn towards their model's, the error that remains, and the model's slope; NaN stays unknown.

    Weight on the model: error² / (error² + tau²), tau² the spread between the model's devices by moments, never
    below zero. A model with a single known device has only that device's slope to offer.
    """
    usual, shrunk, left = np.full(len(slope), np.nan), slope.copy(), error.copy()
    order = np.argsort(model, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(model[order])) + 1):
        known = group[np.isfinite(slope[group])]
        if len(known) == 0:
            continue
        centre = float(np.median(slope[known]))
        usual[group] = centre
        if len(known) == 1:
            continue
        variance = error[known] ** 2
        between = max(float(((slope[known] - centre) ** 2).sum() / (len(known) - 1) - variance.mean()), 0.0)
        weight = variance / (variance + between)
        shrunk[known] = weight * centre + (1 - weight) * slope[known]
        left[known] = np.sqrt((1 - weight) * variance + weight**2 * variance.mean() / len(known))
    return shrunk, left, usual


def _months(room: Floats, loss: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        months = np.where(loss > 0, room / loss, np.inf)
    return np.where(np.isnan(room) | np.isnan(loss), np.nan, np.where(room <= 0, 0.0, months))


def _latest(series: Floats) -> Floats:
    latest = np.full(len(series), np.nan)
    for month in range(series.shape[1]):
        latest = np.where(np.isfinite(series[:, month]), series[:, month], latest)
    return latest


def _nan_median(values: Floats) -> Floats:
    """Medians by row of what is finite; NaN for a row without. NaN sorts last, which is all that is needed."""
    count = np.isfinite(values).sum(axis=1)
    if values.shape[1] == 0:
        return np.full(len(values), np.nan)
    ordered, row = np.sort(values, axis=1), np.arange(len(values))
    middle = (
        ordered[row, np.maximum(count - 1, 0) // 2] + ordered[row, np.minimum(count // 2, values.shape[1] - 1)]
    ) / 2
    return np.where(count > 0, middle, np.nan)
