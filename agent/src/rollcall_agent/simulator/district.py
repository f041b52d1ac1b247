"""Makes up a school district from a seed: its schools, carts, devices and the versions they will run."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, exp, log
from random import Random
from string import ascii_uppercase

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.device import Device, Role, Spread, draw_nature
from rollcall_agent.simulator.life.models import MODELS, PLATFORM_SHARES, Model
from rollcall_agent.simulator.life.releases import Release, releases, with_one_bad
from rollcall_agent.simulator.life.schoolyear import BellSchedule, SchoolDay, holidays, school_days

_NAMES = ("Northfield", "Harbour", "Hillside", "Brookside", "Old Mill", "Parkway", "Lakeview", "Station Road")
_CART_SHARE = 0.8
_ALONE = 10
"""Of the devices for pupils each tenth has its own place."""
_SLOTS = (20, 24, 30, 36)
_BAD_UPDATE_MODEL = "Maple Book 14"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to make up. The same plan gives the same district and the same history, byte for byte."""

    seed: int
    devices: int
    schools: int
    carts: int
    first: date
    last: date
    zone: str = "UTC"
    spread: Spread = "lemons"
    vitals_minutes: int = 0
    """How often a device in use reads its vitals; 0 for each hour, and for once or twice a day long ago."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A school: its name, its holidays by name, and its days with lessons."""

    number: int
    name: str
    closed: dict[date, str]
    days: tuple[SchoolDay, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cart:
    """A cart of one school; `uses` says in which lessons (counted from 0) it is out on which day.

    `is_in_turn` where it charges its slots a third at a time; `dark_nights` are the days before which it had no power.
    """

    number: int
    name: str
    site: int
    home_room: str
    slots: int
    uses: dict[date, tuple[int, ...]]
    is_in_turn: bool
    dark_nights: frozenset[date]

    @property
    def percent_an_hour(self) -> float:
        """How fast it charges what is in it."""
        return priors.CHARGING_PERCENT_AN_HOUR / (priors.TURNS if self.is_in_turn else 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class District:
    """All of it. `damage_a_year` is this district's own rate of accidents; `versions` is by operating system line."""

    plan: Plan
    sites: tuple[Site, ...]
    carts: tuple[Cart, ...]
    devices: tuple[Device, ...]
    versions: dict[str, tuple[Release, ...]]
    damage_a_year: float
    model_factors: dict[str, float]


def make_district(plan: Plan) -> District:
    """The district of a plan: pure, a second for 10,000 devices."""
    random = Random(f"{plan.seed}/district")  # noqa: S311  # make-believe, no secret
    sites = tuple(_site(number, plan) for number in range(plan.schools))
    carts = tuple(_cart(number, plan, sites[number % plan.schools]) for number in range(plan.carts))
    return District(
        plan=plan,
        sites=sites,
        carts=carts,
        devices=_devices(plan, carts),
        versions=_versions(plan, sites[0].days),
        damage_a_year=exp(random.gauss(log(priors.DAMAGE_A_YEAR_MEDIAN), priors.DAMAGE_A_YEAR_SIGMA)),
        model_factors={one.name: exp(random.gauss(0.0, priors.MODEL_SPREAD)) for one in MODELS},
    )


def _site(number: int, plan: Plan) -> Site:
    random = Random(f"{plan.seed}/site/{number}")  # noqa: S311  # make-believe, no secret
    closed = holidays(first=plan.first, last=plan.last + timedelta(days=400), random=random)
    bells = BellSchedule.beginning(random.choice((7 * 60 + 50, 8 * 60, 8 * 60 + 15, 8 * 60 + 30)))
    name = _NAMES[number] if number < len(_NAMES) else f"District {number + 1}"
    return Site(
        number=number,
        name=f"{name} School",
        closed=closed,
        days=school_days(
            first=plan.first, last=plan.last + timedelta(days=400), zone=plan.zone, bells=bells, closed=closed
        ),
    )


def _cart(number: int, plan: Plan, site: Site) -> Cart:
    """A cart with a weekly timetable of lessons, kept on nine days of ten."""
    random = Random(f"{plan.seed}/cart/{number}")  # noqa: S311  # make-believe, no secret
    weekly = [tuple(sorted(random.sample(range(7), random.choice((2, 3, 3, 4, 5))))) for _ in range(5)]
    power = Random(f"{plan.seed}/cart/{number}/power")  # noqa: S311  # make-believe, no secret
    nth = number // plan.schools
    per_cart = ceil(plan.devices * _CART_SHARE / plan.carts)
    return Cart(
        number=number,
        name=f"Cart {ascii_uppercase[nth] if nth < len(ascii_uppercase) else nth + 1}",
        site=site.number,
        home_room=f"Room {random.randint(1, 3)}{random.randint(1, 24):02d}",
        slots=next((size for size in _SLOTS if size >= per_cart), per_cart),
        uses={
            day.on: tuple(lesson for lesson in weekly[day.on.weekday()] if random.random() < priors.CART_KEPT)
            for day in site.days
        },
        is_in_turn=power.random() < priors.CARTS_IN_TURN,
        dark_nights=frozenset(day.on for day in site.days if power.random() < priors.DARK_NIGHT),
    )


def _versions(plan: Plan, days: tuple[SchoolDay, ...]) -> dict[str, tuple[Release, ...]]:
    last = plan.last + timedelta(days=400)
    found = {
        line: releases(line, first=plan.first, last=last, random=Random(f"{plan.seed}/os/{line}"))  # noqa: S311  # make-believe, no secret
        for line in sorted({one.os_line for one in MODELS})
    }
    line = next(one.os_line for one in MODELS if one.name == _BAD_UPDATE_MODEL)
    seen = tuple(one for one in found[line] if one.on <= plan.last)
    past = tuple(day for day in days if day.on <= plan.last)
    found[line] = (*with_one_bad(seen, model=_BAD_UPDATE_MODEL, days=past), *found[line][len(seen) :])
    return found


def _batches(plan: Plan) -> list[tuple[Model, int]]:
    """Model and age in years of every device, like beside like, exactly as many as planned."""
    wanted = [
        (PLATFORM_SHARES[one.platform] * one.share / len(one.ages), one, age) for one in MODELS for age in one.ages
    ]
    counts = [int(share * plan.devices) for share, _, _ in wanted]
    by_remainder = sorted(range(len(wanted)), key=lambda i: counts[i] - wanted[i][0] * plan.devices)
    for i in by_remainder[: plan.devices - sum(counts)]:
        counts[i] += 1
    return [(one, age) for (_, one, age), count in zip(wanted, counts, strict=True) for _ in range(count)]


def _devices(plan: Plan, carts: tuple[Cart, ...]) -> tuple[Device, ...]:
    batches = _batches(plan)
    goes_in_a_cart = [_is_for_pupils(one) and n % _ALONE != 0 for n, (one, _) in enumerate(batches)]
    movable = sum(goes_in_a_cart)
    found, placed = [], 0
    for number, (model, age) in enumerate(batches):
        cart, slot = None, None
        if carts and goes_in_a_cart[number]:
            chosen = placed * len(carts) // movable
            cart, slot = carts[chosen], placed - -(-chosen * movable // len(carts)) + 1
            placed += 1
        found.append(_device(plan, number, (model, age), (cart, slot)))
    return tuple(found)


def _is_for_pupils(model: Model) -> bool:
    return model.build in ("netbook", "tablet") or (model.build == "laptop" and model.platform == "windows")


def _device(plan: Plan, number: int, batch: tuple[Model, int], place: tuple[Cart | None, int | None]) -> Device:
    (model, age), (cart, slot) = batch, place
    random = Random(f"{plan.seed}/nature/{number}")  # noqa: S311  # make-believe, no secret
    last_summer = plan.last.year if plan.last >= date(plan.last.year, 8, 15) else plan.last.year - 1
    purchased_on = date(last_summer - age, 8, 1) + timedelta(days=random.randint(0, 13))
    begins_on = max(plan.first, purchased_on + timedelta(days=7))
    years = (begins_on - purchased_on).days / 365.25
    roles: dict[str, Role] = {"desktop": "lab", "laptop": "staff"}
    return Device(
        number=number,
        serial_number=f"SIM{plan.seed:04d}{number:06d}",
        asset_tag=f"A{number + 1:05d}",
        model=model,
        purchased_on=purchased_on,
        begins_on=begins_on,
        role=roles.get(model.build, "pupil" if cart else "take-home"),
        site=random.randrange(plan.schools) if cart is None else cart.site,
        cart=None if cart is None else cart.number,
        slot=slot,
        nature=draw_nature(model, spread=plan.spread, age=years, first=begins_on, last=plan.last, random=random),
    )
