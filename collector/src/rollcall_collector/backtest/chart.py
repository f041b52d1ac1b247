"""Draws how much each ranking found as bars, with a line where chance is: an SVG that needs nothing else."""

from collections.abc import Sequence
from html import escape

from rollcall_collector.backtest.evaluate import SHARES
from rollcall_collector.backtest.report import MeanRow, against_dice, figure
from rollcall_collector.backtest.wording import RANKED_BY

_LABELS, _PANEL, _GAP = 190, 180, 56  # widths in the picture's own units
_ROW, _BAR, _HEAD, _FOOT = 34, 18, 46, 26

_STRIPES = (
    '<defs><pattern id="worse" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="worse"/><rect width="2" height="6" class="stripe"/></pattern></defs>'
)


def draw(rows: Sequence[MeanRow]) -> str:
    """Three panels side by side (1, 5, 10 %), one bar a ranking, all on one scale; the same figures as the table."""
    known = [lift for row in rows for lift in row.lift if lift is not None]
    longest = max([1.2, *known])
    width = _LABELS + len(SHARES) * (_PANEL + _GAP)
    height = _HEAD + len(rows) * _ROW + _FOOT
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="drawn">',
        '<title id="drawn">Failures found by each ranking, as a multiple of chance</title>',
        _STRIPES,
    ]
    for at, row in enumerate(rows):
        middle = _HEAD + at * _ROW + _BAR / 2 + 5
        kind = "label ours" if row.name == "rollcall" else "label"
        parts.append(f'<text class="{kind}" x="0" y="{middle:.1f}">{escape(RANKED_BY[row.name])}</text>')
    for at, share in enumerate(SHARES):
        left = _LABELS + at * (_PANEL + _GAP)
        parts += _panel(rows, at, left=left, longest=longest, title=f"Worst {share * 100:g} %", height=height)
    return "\n".join([*parts, "</svg>"])


def _panel(rows: Sequence[MeanRow], at: int, *, left: float, longest: float, title: str, height: float) -> list[str]:
    one = _PANEL / longest
    chance = left + one
    parts = [f'<text class="head" x="{left}" y="16">{title}</text>']
    for place, row in enumerate(rows):
        lift, top = row.lift[at], _HEAD + place * _ROW
        if lift is None:
            parts.append(f'<text class="figure" x="{left + 4}" y="{top + 14}">not known</text>')
            continue
        kind = "is-worse" if against_dice(lift).startswith("worse") else "ours" if row.name == "rollcall" else "bar"
        length = lift * one
        parts.append(f'<rect class="{kind}" x="{left}" y="{top}" width="{length:.1f}" height="{_BAR}"/>')
        beyond = max(left + length, chance if length < one else 0) + 5
        parts.append(f'<text class="figure" x="{beyond:.1f}" y="{top + 14}">{figure(lift)}</text>')
    bottom = height - _FOOT + 2
    parts.append(f'<line class="chance" x1="{chance:.1f}" x2="{chance:.1f}" y1="{_HEAD - 10}" y2="{bottom}"/>')
    parts.append(f'<text class="dice" x="{chance:.1f}" y="{bottom + 15}">1 = chance</text>')
    return parts
