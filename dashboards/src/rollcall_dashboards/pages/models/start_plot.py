"""Draws how each model starts, month by month: small pictures of one scale, side by side."""

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup

from rollcall_collector.model.hardware import StartFigures, StartMonth
from rollcall_dashboards.pages.models.rate_plot import nice_step
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.wording import say_month, say_seconds

_STEP, _TALL = 10.0, 60.0
_MIDDLE = 15
_NEXT_DAYS = 31
"""Months that lie further apart are not joined: between them nothing was measured."""


def top(figures: Sequence[StartFigures]) -> float:
    """The seconds at which every picture ends, a round number of them."""
    most = max((month.high_seconds for one in figures for month in one.months), default=0.0) or 1.0
    step = nice_step(most)
    return step * (int(most / step) + 1)


def months_of(figures: Sequence[StartFigures]) -> tuple[date, ...]:
    """The months of all pictures, the oldest first: each has its place in every one of them."""
    return tuple(sorted({date.fromisoformat(month.from_on) for one in figures for month in one.months}))


def draw(name: str, figures: StartFigures, months: Sequence[date], most: float) -> Markup:
    """The median as a line, the middle four fifths of the devices as a band behind it; a gap stays a gap."""
    place = {on.isoformat(): number for number, on in enumerate(months)}
    runs = _runs(figures.months)
    bands = "".join(_band(run, place, most) for run in runs)
    lines = "".join(_path(run, place, most) for run in runs)
    grid = "".join(f"M0 {_y(tick, most):.1f}h{_wide(months):g}" for tick in _ticks(most))
    return Markup(
        '<svg class="months" viewBox="0 0 {wide:g} {tall:g}" preserveAspectRatio="none" role="img" '
        'aria-label="{said}">'
        '<path class="grid" d="{grid}"/><path class="band" d="{bands}"/><path class="line" d="{lines}"/></svg>'
    ).format(wide=_wide(months), tall=_TALL, said=say(name, figures), grid=grid, bands=bands, lines=lines)


def say(name: str, figures: StartFigures) -> str:
    """What the picture shows, in words."""
    if not figures.months:
        return translate("%(name)s: no month with enough starts yet", name=name)
    first, last = figures.months[0], figures.months[-1]
    said = translate(
        "%(name)s: %(first)s in %(then)s, %(last)s in %(now)s",
        name=name,
        first=say_seconds(first.median_seconds),
        then=month_name(date.fromisoformat(first.from_on)),
        last=say_seconds(last.median_seconds),
        now=month_name(date.fromisoformat(last.from_on)),
    )
    return said + "; " + translate_count("%(num)s month measured", "%(num)s months measured", len(figures.months))


def month_name(from_on: date) -> str:
    """The calendar month in which most of these thirty days lie."""
    return say_month(from_on + timedelta(days=_MIDDLE))


def step_of(most: float) -> float:
    """The seconds between two of a picture's lines."""
    return nice_step(most)


def _ticks(most: float) -> list[float]:
    step = step_of(most)
    return [number * step for number in range(int(most / step + 1e-9) + 1)]


def _runs(months: Sequence[StartMonth]) -> list[list[StartMonth]]:
    """The months in rows without a gap."""
    runs: list[list[StartMonth]] = []
    last: date | None = None
    for month in months:
        on = date.fromisoformat(month.from_on)
        if last is None or (on - last).days > _NEXT_DAYS:
            runs.append([])
        runs[-1].append(month)
        last = on
    return runs


def _band(run: Sequence[StartMonth], place: dict[str, int], most: float) -> str:
    """A month is as wide as its place: a single one is a small field, not a line of no width."""
    upper = [(_x(month, place), _y(month.high_seconds, most)) for month in run]
    lower = [(_x(month, place), _y(month.low_seconds, most)) for month in run]
    return _through(upper, "M") + _through(lower[::-1], "L", is_back=True) + "z"


def _path(run: Sequence[StartMonth], place: dict[str, int], most: float) -> str:
    return _through([(_x(month, place), _y(month.median_seconds, most)) for month in run], "M")


def _through(points: Sequence[tuple[float, float]], begin: str, *, is_back: bool = False) -> str:
    half = -_STEP / 2 if is_back else _STEP / 2
    widened = [(points[0][0] - half, points[0][1]), *points, (points[-1][0] + half, points[-1][1])]
    return begin + "L".join(f"{x:g} {y:.1f}" for x, y in widened)


def _x(month: StartMonth, place: dict[str, int]) -> float:
    return place[month.from_on] * _STEP + _STEP / 2


def _y(seconds: float, most: float) -> float:
    return _TALL * (1 - min(seconds / most, 1.0))


def _wide(months: Sequence[date]) -> float:
    return max(1, len(months)) * _STEP
