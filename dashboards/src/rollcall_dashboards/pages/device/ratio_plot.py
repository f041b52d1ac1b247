"""Draws how much worse than its peers a device is: a dot with its whisker on a scale of times, 1 being as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from markupsafe import Markup

from rollcall_collector.model.judgement import Judgement
from rollcall_dashboards.shared.finding_wording import say_channel, say_expected, say_times
from rollcall_dashboards.shared.i18n import translate

LEAST, MOST = 0.1, 12.0
"""The ends of the scale; what lies beyond is drawn at its end."""
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
_EDGE = 2.0
"""Per cent of the width left free at both ends, so that a dot at the end is whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One row of the plot: its kind of failures, the picture, and the same in words."""

    channel: str
    said: str
    drawn: Markup


@dataclass(frozen=True, kw_only=True, slots=True)
class RatioPlot:
    """A device beside its peers: its rows, and the scale under them."""

    rows: tuple[Interval, ...]
    scale: Markup


def compare(judgements: Sequence[Judgement], threshold: float) -> RatioPlot | None:
    """A row a channel in which it failed, in the order given; None without any: from nothing no interval is drawn."""
    rows = tuple(
        Interval(channel=say_channel(one.channel), said=say(one), drawn=draw(one, threshold))
        for one in judgements
        if one.observed
    )
    if not rows:
        return None
    return RatioPlot(rows=rows, scale=scale(threshold))


def say(one: Judgement) -> str:
    """`8 seen, 1.9 expected, 2.7 times its peers (1.5 to 4.4)`."""
    said = translate(
        "%(seen)s seen, %(expected)s expected, %(ratio)s times its peers",
        seen=one.observed,
        expected=say_expected(one.expected),
        ratio=say_times(one.ratio),
    )
    if one.low is None or one.high is None:
        return said
    between = translate("%(low)s to %(high)s", low=_short(one.low), high=_short(one.high))
    return f"{said} ({between})"


def draw(one: Judgement, threshold: float) -> Markup:
    """The row as an SVG whose lengths are per cents, so that its dot stays round at any width.

    The dot is filled where the whole interval lies above 1, open where it does not.
    """
    whisker = Markup("")
    if one.low is not None and one.high is not None:
        ends = "".join(
            f'<line class="cap" x1="{at(end):.1f}%" x2="{at(end):.1f}%" y1="32%" y2="68%"/>'
            for end in (one.low, one.high)
            if LEAST <= end <= MOST
        )
        whisker = Markup('<line class="whisker" x1="{low:.1f}%" x2="{high:.1f}%" y1="50%" y2="50%"/>').format(
            low=at(one.low), high=at(one.high)
        ) + Markup(ends)  # noqa: S704  # numbers only
    is_above = one.low is not None and one.low > 1
    return Markup(
        '<svg class="interval" role="img" aria-label="{said}">{lines}{whisker}'
        '<circle class="{kind}" cx="{x:.1f}%" cy="50%" r="5"/></svg>'
    ).format(
        said=f"{say_channel(one.channel)}: {say(one)}",
        lines=_lines(threshold),
        whisker=whisker,
        kind="dot" if is_above else "dot open",
        x=at(one.ratio),
    )


def scale(threshold: float) -> Markup:
    """The scale under the rows, with what its two lines mean."""
    ticks = Markup("").join(
        Markup('<text x="{x:.1f}%" y="100%" dy="-.2em">{tick:g}</text>').format(x=at(tick), tick=tick)
        for tick in TICKS
    )
    names = Markup(
        '<text class="to-left" x="{peers:.1f}%" dx="-.4em" y="1em">{as_peers}</text>'
        '<text class="to-right" x="{worse:.1f}%" dx=".4em" y="1em">{times}</text>'
    ).format(
        peers=at(1),
        worse=at(threshold),
        as_peers=translate("as its peers"),
        times=translate("%(threshold)s times", threshold=f"{threshold:g}"),
    )
    return Markup('<svg class="interval scale" aria-hidden="true">{lines}{ticks}{names}</svg>').format(
        lines=_lines(threshold), ticks=ticks, names=names
    )


def at(ratio: float) -> float:
    """Where a ratio lies on the scale, in per cent of the width."""
    held = min(max(ratio, LEAST), MOST)
    return _EDGE + (100 - 2 * _EDGE) * log(held / LEAST) / log(MOST / LEAST)


def _lines(threshold: float) -> Markup:
    return Markup(
        '<line class="peers" x1="{one:.1f}%" x2="{one:.1f}%" y1="0" y2="100%"/>'
        '<line class="threshold" x1="{two:.1f}%" x2="{two:.1f}%" y1="0" y2="100%"/>'
    ).format(one=at(1), two=at(threshold))


def _short(ratio: float) -> str:
    return say_times(ratio) if ratio >= LEAST else translate("under 0.1")
