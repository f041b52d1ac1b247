"""What the school's own record says of each hardware model: how often it fails, how it ages, how fast it starts."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Advice = Literal["buy_again", "no_difference", "nothing_to_compare", "ask_the_vendor", "insufficient"]
ADVICE: tuple[Advice, ...] = get_args(Advice)
Standing = Literal["below", "no_difference", "above", "insufficient"]
"""How a model stands beside the others of its platform, a batch beside the others of its model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartMonth:
    """One month of starts from an ISO day on: the median over devices of their own medians, the middle four fifths."""

    from_on: str
    devices: int
    median_seconds: float
    low_seconds: float
    high_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class StartFigures:
    """How devices start now and, of a whole model, in each month in which enough were measured, the oldest first.

    Now is the last four weeks: the median over `devices` of their own, and the middle four fifths. None: too few.
    """

    devices: int
    median_seconds: float | None
    low_seconds: float | None
    high_seconds: float | None
    months: tuple[StartMonth, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ageing:
    """What happens by each age in `years` to the devices whose age is known; the curves begin at `from_years`.

    `incidents` an average device has had since then, with the ends of its 95 % interval; `unfailed` is the share
    without a hardware incident since then and `unfailed_error` its standard error; `watched` devices were of that age.
    Before the first incident interval and error are None: nothing seen is not nothing to come.
    Ages run since purchase, taken as the middle of its year, or since the device was first seen.
    """

    since: Literal["purchase", "first_seen"]
    devices: int
    from_years: float
    years: tuple[float, ...]
    incidents: tuple[float, ...]
    incidents_low: tuple[float | None, ...]
    incidents_high: tuple[float | None, ...]
    unfailed: tuple[float, ...]
    unfailed_error: tuple[float | None, ...]
    watched: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryFigures:
    """Batteries of the devices in service that tell what theirs holds; health is full charge over design.

    `under_80` hold less than 80 %, `due` are surely too weak within a year and short of a school day already.
    `loss_monthly` is what the middle one loses a month; None while too few months are known.
    """

    devices: int
    median_health: float
    under_80: int
    due: int
    loss_monthly: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LifeRecord:
    """The record of some devices of one kind, retired ones included.

    `devices` were ever seen in use and `in_service` still are. `rate` is incidents in a device-year of use (365.25
    days on which a device was heard) with its 90 % interval `low` to `high`; None where too little is known, and
    `lacking` says what. Incidents are of every judged kind: damage and batteries stand apart. The months in which
    something struck the whole model at once are left out, with their `left_out` incidents. `named_replace` and
    `named_watch` devices stand on the lists. None: not measured; so are incidents where no device of the platform has
    ever told one. `ageing` is published where `rate` is.
    """

    devices: int
    in_service: int
    device_days: float
    incidents: int | None
    left_out: int
    rate: float | None
    low: float | None
    high: float | None
    dispersion: float
    lacking: str | None
    named_replace: int
    named_watch: int
    starts: StartFigures | None
    ageing: Ageing | None
    batteries: BatteryFigures | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A model beside all other devices of its platform, a batch beside all others of its model.

    `others_rate` is what those had, in incidents a device-year, own devices left out. `times` as often it fails, luck
    and what schools have in common taken out, with the 90 % interval `low` to `high`; `likely` is the likelihood that
    it truly has over a tenth more than they, or so much fewer, whichever is likelier. `at_one_school` is the share of
    its days of use at the school that has most of them (None: schools are not told).
    """

    others_rate: float
    times: float
    low: float
    high: float
    likely: float
    at_one_school: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchReport:
    """The devices of a model bought in one year (None: not known), and how they stand beside its other batches."""

    purchase_year: int | None
    standing: Standing
    record: LifeRecord
    beside: Beside | None = None
    """None where there is nothing to compare with, and in judgings of earlier versions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReport:
    """One hardware model, what to do about it, and the sentence that defends it.

    `platform_rate` is that of all devices of the platform, None with fewer than two models to compare; so is `beside`,
    and in judgings of earlier versions.
    """

    platform: str
    model: str
    advice: Advice
    sentence: str
    platform_rate: float | None
    record: LifeRecord
    batches: tuple[BatchReport, ...]
    beside: Beside | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Struck:
    """A month (until excluded) in which something struck a whole model at once, and the version to blame, if one is.

    `usual` is how many incidents the model's other months let expect. One that still `goes_on` counts in its rate.
    """

    channel: str
    platform: str
    model: str
    from_on: date
    until_on: date
    devices: int
    incidents: int
    usual: float
    version: str | None
    goes_on: bool = False
