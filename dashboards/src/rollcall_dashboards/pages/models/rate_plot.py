"""Draws how often each model fails: a dot and its whisker on one scale, a line where its platform's rate lies."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from rollcall_collector.judge.models.rates import a_school_year, shown_rate
from rollcall_collector.model.hardware import LifeRecord
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_number

TICKS_MAX = 5
_SMALL = 10
_ROOM = 1.04
"""The scale ends a little above what it has to show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Incidents in a device-year from 0 to `most`, with a tick every `step`; shared by every row of the page."""

    most: float
    step: float

    @classmethod
    def fit(cls, records: Iterable[LifeRecord], rates: Iterable[float | None]) -> "Scale":
        """The scale that shows all these rates and the sure intervals; a wide one of few devices runs out of it."""
        shown = [one for one in map(shown_rate, records) if one is not None]
        ends = [one.high for one in shown if one.is_sure] or [one.high for one in shown]
        most = max([*ends, *(one.rate for one in shown), *(one or 0.0 for one in rates)], default=0.0) * _ROOM or 1.0
        return cls(most=most, step=nice_step(a_school_year(most)) / a_school_year(1.0))

    def at(self, rate: float) -> float:
        """Where a rate lies, in per cent of the width."""
        return 100 * min(rate / self.most, 1.0)

    @property
    def ticks(self) -> tuple[float, ...]:
        """The rates at which the scale is labelled, 0 included."""
        return tuple(number * self.step for number in range(int(self.most / self.step) + 1))


def nice_step(most: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten with which at most five ticks are needed."""
    step = 1e-6
    while True:
        for times in (1, 2, 5):
            if most / (step * times) <= TICKS_MAX:
                return step * times
        step *= 10


def draw(name: str, record: LifeRecord, scale: Scale, beside: float | None, *, is_called: bool) -> Markup:
    """One row as an SVG whose lengths are per cents: its dot stays round at any width.

    The dot is filled where the judge calls it better or worse than those whose rate it is drawn beside.
    """
    shown = shown_rate(record)
    if shown is None:
        return Markup("")
    low, middle, high = (scale.at(one) for one in (shown.low, shown.rate, shown.high))
    return Markup(
        '<svg class="{kind}" role="img" aria-label="{said}">{lines}'
        '<line class="whisker" x1="{low:.1f}%" x2="{high:.1f}%" y1="50%" y2="50%"/>'
        '<line class="cap" x1="{low:.1f}%" x2="{low:.1f}%" y1="32%" y2="68%"/>{end}'
        '<circle class="{dot}" cx="{middle:.1f}%" cy="50%" r="5"/></svg>'
    ).format(
        kind="interval" if shown.is_sure else "interval early",
        said=f"{name}: {say(record)}",
        lines=_grid(scale) + _line(scale, beside),
        low=low,
        high=high,
        end=_cap(high) if shown.high <= scale.most else Markup(""),
        dot="dot" if is_called else "dot open",
        middle=middle,
    )


def axis(scale: Scale) -> Markup:
    """The scale under the rows, in incidents of 100 devices in a school year."""
    labels = Markup("").join(
        Markup('<text x="{x:.1f}%" y="100%" dy="-.3em"{start}>{tick}</text>').format(
            x=scale.at(tick), tick=in_a_school_year(tick), start=Markup(' class="to-right"') if tick == 0 else ""
        )
        for tick in scale.ticks
    )
    return Markup('<svg class="interval axis" aria-hidden="true">{lines}{labels}</svg>').format(
        lines=_grid(scale), labels=labels
    )


def say(record: LifeRecord) -> str:
    """`21 incidents a school year in 100 devices, 17 to 26`; of too few devices with the words that say so."""
    shown = shown_rate(record)
    if shown is None:
        return record.lacking or translate("not known")
    said = translate(
        "%(rate)s incidents a school year in 100 devices, %(low)s to %(high)s",
        rate=in_a_school_year(shown.rate),
        low=in_a_school_year(shown.low),
        high=in_a_school_year(shown.high),
    )
    return said if shown.is_sure else translate("%(said)s, by few devices", said=said)


def in_a_school_year(rate: float | None) -> str:
    """A rate as incidents of 100 devices in a school year, with two figures where it is small."""
    number = None if rate is None else a_school_year(rate)
    return say_number(None if number is None else round(number, 1 if number < _SMALL else 0))


def _cap(at: float) -> Markup:
    return Markup('<line class="cap" x1="{at:.1f}%" x2="{at:.1f}%" y1="32%" y2="68%"/>').format(at=at)


def _grid(scale: Scale) -> Markup:
    return Markup("").join(
        Markup('<line class="grid" x1="{x:.1f}%" x2="{x:.1f}%" y1="0" y2="100%"/>').format(x=scale.at(tick))
        for tick in scale.ticks
    )


def _line(scale: Scale, beside: float | None) -> Markup:
    if beside is None:
        return Markup("")
    return Markup('<line class="beside" x1="{x:.1f}%" x2="{x:.1f}%" y1="0" y2="100%"/>').format(x=scale.at(beside))
