"""Draws how a battery fades, without scripts: its readings as a line, the published rules as lines across."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from rollcall_collector.judge.findings.worn_battery import LEAST_PERCENT
from rollcall_collector.model.fact import DeviceDay
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_day, say_number

LEAST, MOST = 40.0, 105.0
"""Per cent of the design at the bottom and top of the picture; what lies beyond is drawn at its edge."""
_LINES = (80.0, LEAST_PERCENT)
_POINTS_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the battery held on one day, in watt-hours and as a share of its design."""

    on: date
    full_wh: float
    design_wh: float
    cycles: int | None

    @property
    def percent(self) -> float:
        """The share of its design."""
        return round(100 * self.full_wh / self.design_wh, 1)


def read_battery(days: Sequence[DeviceDay]) -> tuple[Reading, ...]:
    """The days on which both the full charge and the design were read, oldest first."""
    return tuple(
        Reading(on=day.on, full_wh=day.battery_full_wh, design_wh=day.battery_design_wh, cycles=day.battery_cycles)
        for day in days
        if day.battery_full_wh is not None and day.battery_design_wh
    )


def draw_fade(readings: Sequence[Reading]) -> Markup:
    """The readings as an SVG with its text; empty with fewer than two."""
    if len(readings) < 2:  # noqa: PLR2004  # a line has two ends
        return Markup("")
    step = -(-len(readings) // _POINTS_MAX)
    kept = [*readings[:-1][::step], readings[-1]]
    first, span = kept[0].on, max(1, (kept[-1].on - kept[0].on).days)
    points = " ".join(f"{1000 * (one.on - first).days / span:.0f},{_y(one.percent):.1f}" for one in kept)
    rules = Markup("").join(
        Markup('<line class="rule" x1="0" x2="1000" y1="{y:.1f}" y2="{y:.1f}"/>').format(y=_y(line)) for line in _LINES
    )
    return Markup(
        '<svg class="fade" viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" aria-label="{said}">{rules}'
        '<polyline points="{points}"/></svg>'
    ).format(said=_say(readings), rules=rules, points=points)


def _y(percent: float) -> float:
    held = min(max(percent, LEAST), MOST)
    return 200 * (MOST - held) / (MOST - LEAST)


def _say(readings: Sequence[Reading]) -> str:
    return translate(
        "From %(first)s %% of its design on %(first_on)s to %(last)s %% on %(last_on)s; lines at 80 and 60 %%",
        first=say_number(readings[0].percent),
        first_on=say_day(readings[0].on),
        last=say_number(readings[-1].percent),
        last_on=say_day(readings[-1].on),
    )
