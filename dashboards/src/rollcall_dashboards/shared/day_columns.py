"""Draws a row of days as columns: how many, and how many of them were hurt."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_day, say_number

_STEP, _WIDE, _TALL = 10, 7.5, 40


def day_columns(days: Sequence[tuple[date, int, int]], what: str) -> Markup:
    """Days with a count and a hurt part, oldest left, as an SVG with its text; a day without any is a thin line."""
    most = max((count for _, count, _ in days), default=0)
    columns = Markup("").join(_column(at, count, hurt, most) for at, (_, count, hurt) in enumerate(days))
    return Markup(
        '<svg class="history" viewBox="0 0 {wide} {tall}" preserveAspectRatio="none" role="img" aria-label="{said}">'
        "{columns}</svg>"
    ).format(wide=max(1, len(days)) * _STEP, tall=_TALL, said=_say(days, what), columns=columns)


def _column(at: int, count: int, hurt: int, most: int) -> Markup:
    # With "%": there are hundreds on a page, and `format` of a Markup takes ten times as long.
    x = at * _STEP + (_STEP - _WIDE) / 2
    if not count:
        return Markup('<rect class="none" x="%g" y="%s" width="%g" height="1.5"/>') % (x, _TALL - 1.5, _WIDE)
    high = max(2.0, _TALL * count / most)
    worse = 0.0 if not hurt else max(2.0, _TALL * hurt / most)
    return Markup(
        '<rect class="all" x="%g" y="%.1f" width="%g" height="%.1f"/>'
        '<rect class="hurt" x="%g" y="%.1f" width="%g" height="%.1f"/>'
    ) % (x, _TALL - high, _WIDE, high, x, _TALL - worse, _WIDE, worse)


def _say(days: Sequence[tuple[date, int, int]], what: str) -> str:
    if not days:
        return translate("No days yet")
    said = ", ".join(f"{say_day(on)} {say_number(count)}" for on, count, _ in days[-5:])
    return translate("%(what)s a day, the last: %(said)s", what=what.capitalize(), said=said)
