"""Draws a row of days as columns: how many, and how many of them were hurt."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_day, say_number

_STEP, _WIDE, _TALL = 10, 7.5, 40


def day_columns(days: Sequence[tuple[date, int, int]], what: str) -> Markup:
    """Days with a count and a hurt part, oldest left, as an SVG with its text; a day without any is a thin line."""
    most = max((count for _, count, _ in days), default=0)
    drawn = "".join(_column(at, count, hurt, most) for at, (_, count, hurt) in enumerate(days))
    columns = Markup(drawn)  # noqa: S704  # numbers alone; of the hundreds on a page each would be escaped in turn
    return Markup(
        '<svg class="history" viewBox="0 0 {wide} {tall}" preserveAspectRatio="none" role="img" aria-label="{said}">'
        "{columns}</svg>"
    ).format(wide=max(1, len(days)) * _STEP, tall=_TALL, said=_say(days, what), columns=columns)


@lru_cache(maxsize=8192)  # Today draws 28 a school, and all but the newest were drawn before
def _column(at: int, count: int, hurt: int, most: int) -> str:
    x = at * _STEP + (_STEP - _WIDE) / 2
    if not count:
        return f'<rect class="none" x="{x:g}" y="{_TALL - 1.5}" width="{_WIDE:g}" height="1.5"/>'
    high = max(2.0, _TALL * count / most)
    worse = 0.0 if not hurt else max(2.0, _TALL * hurt / most)
    return (
        f'<rect class="all" x="{x:g}" y="{_TALL - high:.1f}" width="{_WIDE:g}" height="{high:.1f}"/>'
        f'<rect class="hurt" x="{x:g}" y="{_TALL - worse:.1f}" width="{_WIDE:g}" height="{worse:.1f}"/>'
    )


def _say(days: Sequence[tuple[date, int, int]], what: str) -> str:
    if not days:
        return translate("No days yet")
    said = ", ".join(f"{say_day(on)} {say_number(count)}" for on, count, _ in days[-5:])
    return translate("%(what)s a day, the last: %(said)s", what=what.capitalize(), said=said)
