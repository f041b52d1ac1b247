"""One make-believe device, and the truth about it that the judge is later held to."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp
from random import Random
from typing import Literal

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.models import Model

Spread = Literal["lemons", "gamma", "lognormal", "alike"]
SPREADS: tuple[Spread, ...] = ("lemons", "gamma", "lognormal", "alike")
Role = Literal["pupil", "take-home", "staff", "lab"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Nature:
    """What is true of a device and never told: how bad it is, and what goes wrong from which day on."""

    theta: float
    """How often it fails, against the average device of its model."""
    boot_factor: float
    """How slowly it starts, against its model's median."""
    cycles_to_80: float
    cycles_at_first: float
    has_fading_battery: bool
    dying_disk_from: date | None
    old_sectors: int
    slow_from: date | None
    slow_factor: float
    slow_ramp_days: int
    lost_from: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """One device as the school owns it. `site` and `cart` are their numbers; without a cart it has its own place."""

    number: int
    serial_number: str
    asset_tag: str
    model: Model
    purchased_on: date
    begins_on: date
    role: Role
    site: int
    cart: int | None
    slot: int | None
    nature: Nature

    @property
    def age_at_first(self) -> float:
        """Its age in years when its history begins."""
        return max(0.0, (self.begins_on - self.purchased_on).days / 365.25)


def draw_nature(model: Model, *, spread: Spread, age: float, first: date, last: date, random: Random) -> Nature:
    """A device's nature by the priors. What goes wrong begins between the first and the last day."""
    years = max(1, (last - first).days) / 365.25
    fades_fast = model.design_wh is not None and random.random() < priors.FADING_SHARE
    spread_of_fade = exp(random.gauss(0.0, priors.FADE_SPREAD))
    is_slow = model.to_login_seconds is not None and random.random() < priors.SLOW_SHARE * years
    is_ramp = bool(random.getrandbits(1))
    dying = random.random() < priors.DYING_DISK_A_YEAR.get(model.storage, 0.0) * years
    return Nature(
        theta=draw_theta(spread, random),
        boot_factor=exp(random.gauss(0.0, priors.BOOT_SD_DEVICE)),
        cycles_to_80=model.cycles_to_80 * spread_of_fade * (priors.FADING_FACTOR if fades_fast else 1.0),
        cycles_at_first=age * priors.CYCLES_A_DAY * priors.ACTIVE_DAYS_A_YEAR * random.uniform(0.8, 1.2),
        has_fading_battery=fades_fast,
        dying_disk_from=_day_between(first, last, random) if dying else None,
        old_sectors=random.randint(1, 12) if random.random() < priors.OLD_SECTORS else 0,
        slow_from=_day_between(first, last, random) if is_slow else None,
        slow_factor=priors.SLOW_STEP,
        slow_ramp_days=priors.SLOW_RAMP_DAYS if is_ramp else 0,
        lost_from=_day_between(first, last, random) if random.random() < priors.LOST_A_YEAR * years else None,
    )


def draw_theta(spread: Spread, random: Random) -> float:
    """How often a device fails against its model's average, which stays 1 under every spread."""
    match spread:
        case "alike":
            return 1.0
        case "gamma":
            return random.gammavariate(priors.GAMMA_SHAPE, 1 / priors.GAMMA_SHAPE)
        case "lognormal":
            sigma = priors.LOGNORMAL_SIGMA
            return exp(random.gauss(-sigma * sigma / 2, sigma))
        case "lemons":
            low, high = priors.LEMON_THETA
            if random.random() < priors.LEMON_SHARE:
                return random.uniform(low, high)
            return (1 - priors.LEMON_SHARE * (low + high) / 2) / (1 - priors.LEMON_SHARE)


def hardware_rate(model: Model, age: float) -> float:
    """Malfunctions a year of a device of this age, before its own theta."""
    first_year, growth = priors.HARDWARE_A_YEAR[model.build]
    return first_year + growth * min(age, 3.0)


def _day_between(first: date, last: date, random: Random) -> date:
    """A day in the middle of the time seen: with a before, and with an after long enough to be noticed."""
    span = max(1, (last - first).days)
    return first + timedelta(days=int(span * random.uniform(0.15, 0.8)))
