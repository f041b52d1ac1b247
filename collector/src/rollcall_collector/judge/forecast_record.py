"""How good the fleet's forecasts were so far: what they would have said earlier, beside what came."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PastForecast:
    """A forecast as it would have been made `days_ago`: incidents `foretold` until today, and those that `came`."""

    days_ago: int
    foretold: float
    came: int

    @property
    def over_actual(self) -> float:
        """1 is right, 2 twice too many; infinite where nothing came."""
        return self.foretold / self.came if self.came else float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastRecord:
    """The fleet's past forecasts, the latest first; none where too little is on record.

    Of `devices` in service the purchase date of `undated` is not known: their batches cannot be told apart.
    """

    past: tuple[PastForecast, ...]
    devices: int
    undated: int


_FEW = 0.05
_OFF = 1.25


def say_forecasts(found: ForecastRecord) -> str:
    """The fleet's level and the range of its own past forecasts, beside which a forecast is to be read."""
    return " ".join([say_past(found.past), *([] if (missing := say_undated(found)) is None else [missing])])


def say_past(past: tuple[PastForecast, ...]) -> str:
    """Ratios alone: they speak of no school's counts."""
    if not past:
        return (
            "How good such forecasts are here cannot be said yet: that takes half a year of record before the half "
            "year that is foretold."
        )
    oldest, ratios = past[-1], [one.over_actual for one in past]
    said = (
        f"Made {_ago(oldest)} ago for the whole fleet, this forecast would have said "
        f"{oldest.over_actual:.2g} times what came since"
    )
    if len(past) > 1:
        said += f"; made in any month from {_ago(past[0])} ago on back, {min(ratios):.2g} to {max(ratios):.2g} times"
    trend = " No trend is drawn on: where more fails every year, it says too little." if min(ratios) < 1 / _OFF else ""
    return f"{said}.{trend}"


def say_undated(found: ForecastRecord) -> str | None:
    """That a forecast hides batches; None where nearly all purchase dates are known."""
    if found.undated <= _FEW * found.devices:
        return None
    return (
        f"Of {found.undated / found.devices:.0%} of the devices the purchase date is not known: a bad year of a model "
        "cannot be told from a good one there, and ranks no higher."
    ).replace("%", " %", 1)


def _ago(one: PastForecast) -> str:
    months = round(one.days_ago / 30.4)
    return "a year" if months == 12 else "half a year" if months == 6 else f"{months} months"  # noqa: PLR2004  # months
