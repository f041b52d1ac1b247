"""Takes the middle value of many groups at once: of the boots of each window, device or cohort."""

from collections.abc import Iterator

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints

_CELLS = 1 << 17  # values held at a time
_VALUES = 1 << 17
_GROUPS = 64
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


def run_medians(values: Floats, less: Floats, start: Ints, length: Ints, group: Ints, *, groups: int) -> Floats:
    """The median of each group of runs of values, to within `STEP`, from a histogram: nothing is sorted.

    A run is `values[start : start + length]`, of which its entry of `less` is taken; it belongs to `group`, or with -1
    to none. Values beyond ±4 are counted as ±4: in log seconds no duration is so far from its device's usual one. NaN
    for an empty group. Some groups and some values are looked at at a time, since there are millions.
    """
    width = round(2 * _RANGE / STEP) + 1
    medians = np.full(groups, np.nan)
    order = np.argsort(group, kind="stable")
    for first in range(0, groups, _GROUPS):
        last = min(groups, first + _GROUPS)
        low, high = np.searchsorted(group, [first, last], sorter=order)
        histogram = np.zeros((last - first) * width, dtype=np.int64)
        for runs in _portions(order[low:high], length):
            size = length[runs]
            ends = np.cumsum(size)
            place = np.arange(ends[-1]) + np.repeat(start[runs] - (ends - size), size)
            moved = values[place] - np.repeat(less[runs].astype(values.dtype), size)
            cell = ((np.clip(moved, -_RANGE, _RANGE) + (_RANGE + STEP / 2)) / STEP).astype(np.int32)
            cell += np.repeat(((group[runs] - first) * width).astype(np.int32), size)
            histogram += np.bincount(cell, minlength=len(histogram))
        medians[first:last] = _middles(histogram.reshape(-1, width))
    return medians


def _middles(histogram: Ints) -> Floats:
    """The median of each row's counts; NaN for an empty row."""
    reached = histogram.cumsum(axis=1)
    total = reached[:, -1]
    lower = (reached >= ((total + 1) // 2)[:, None]).argmax(axis=1)
    upper = (reached >= (total // 2 + 1)[:, None]).argmax(axis=1)
    return np.where(total > 0, (lower + upper) / 2 * STEP - _RANGE, np.nan)


def _portions(runs: Ints, length: Ints) -> Iterator[Ints]:
    """These runs, so many values at a time."""
    part = np.cumsum(length[runs]) // _VALUES
    edges = np.flatnonzero(np.diff(part, prepend=-1)) if len(runs) else runs
    yield from np.split(runs, edges[1:]) if len(runs) else ()


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
