"""Takes the middle value of many groups at once: of the boots of each window, device or cohort."""

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints

_CELLS = 1 << 22  # values held at a time
STEP = 0.002  # 0.2 % of a duration: finer than any boot is measured
_RANGE = 4.0  # log units either side: a factor of 55


def window_medians(values: Floats, start: Ints, count: Ints) -> Floats:
    """The median of `values[start : start + count]` for each window; NaN where the window is empty."""
    result = np.full(len(start), np.nan)
    filled = np.flatnonzero(count > 0)
    filled = filled[np.argsort(count[filled], kind="stable")]
    done = 0
    while done < len(filled):
        # Ordered by size, so a chunk's windows are about equally wide and little is padded.
        step = max(1, _CELLS // max(1, int(count[filled[min(len(filled) - 1, done + _CELLS // 64)]])))
        part = filled[done : done + step]
        done += step
        size = count[part]
        wide = int(size[-1])
        at = start[part][:, None] + np.arange(wide)
        block = np.where(np.arange(wide) < size[:, None], values[np.minimum(at, len(values) - 1)], np.inf)
        block.sort(axis=1)
        row = np.arange(len(part))
        result[part] = (block[row, (size - 1) // 2] + block[row, size // 2]) / 2
    return result


def group_medians(values: Floats, group: Ints, *, groups: int) -> Floats:
    """The median of each group, to within `STEP`, from a histogram: one pass, no sorting. NaN for an empty group.

    Values beyond ±4 are counted as ±4: in log seconds no duration is so far from its device's usual one.
    """
    width = round(2 * _RANGE / STEP) + 1
    medians = np.full(groups, np.nan)
    cell = ((np.clip(values, -_RANGE, _RANGE) + (_RANGE + STEP / 2)) / STEP).astype(np.int64)
    block = max(1, _CELLS // width)
    order = np.argsort(group, kind="stable") if groups > block else None
    for first in range(0, groups, block):
        last = min(groups, first + block)
        part, code = (cell, group) if order is None else _between(cell, group, order, first, last)
        histogram = np.bincount((code - first) * width + part, minlength=(last - first) * width).reshape(-1, width)
        reached = histogram.cumsum(axis=1)
        total = reached[:, -1]
        lower = (reached >= ((total + 1) // 2)[:, None]).argmax(axis=1)
        upper = (reached >= (total // 2 + 1)[:, None]).argmax(axis=1)
        here = (lower + upper) / 2 * STEP - _RANGE
        medians[first:last] = np.where(total > 0, here, np.nan)
    return medians


def group_quantiles(values: Floats, group: Ints, shares: tuple[float, ...], *, groups: int) -> Floats:
    """Exact quantiles of each group, (groups, shares), straight between neighbours; what is NaN is left out.

    An empty group has NaN. Position (n - 1) times the share: Hyndman & Fan, American Statistician 50 (1996), type 7.
    """
    known = np.flatnonzero(np.isfinite(values))
    ordered = values[known[np.lexsort((values[known], group[known]))]]
    count = np.bincount(group[known], minlength=groups)
    first = np.cumsum(count) - count
    found = np.full((groups, len(shares)), np.nan)
    filled = np.flatnonzero(count)
    place = np.asarray(shares) * (count[filled] - 1)[:, None]
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, (count[filled] - 1)[:, None])
    low, high = ordered[first[filled][:, None] + lower], ordered[first[filled][:, None] + upper]
    found[filled] = low + (high - low) * (place - lower)
    return found


def _between(cell: Ints, group: Ints, order: Ints, first: int, last: int) -> tuple[Ints, Ints]:
    """The members of groups first … last-1."""
    low, high = np.searchsorted(group, [first, last], sorter=order)
    part = order[low:high]
    return cell[part], group[part]
