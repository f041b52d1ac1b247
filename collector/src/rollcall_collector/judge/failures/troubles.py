"""Counts a trouble once that comes again until somebody mends it: the fleet's own record says how long that takes."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints

GAPS = (7, 14, 30, 60, 90)
"""Days without an incident after which the next one is a new trouble, where those between incidents are too few: the
first is taken that leaves no more incidents so soon after another than a lasting rate explains."""
AGAIN = 0.03
"""Incidents are known to come again when such a share of them has another one near that no lasting rate explains …"""
_MONTH = 30
_HALF_A_YEAR = 180
AGAIN_IN_A_MONTH = 0.07
"""… or such a share within a month, beside the months that follow: what is told again weeks later comes seldom in the
first of them, and a rate that changes in a year has not changed yet …"""
SURE, SURE_IN_A_MONTH = 2.0, 3.0
"""… and that is so many standard errors (within a month: more, being asked second). A record of which that is known
must itself say which gap is enough:"""
STILL = 0.02
"""one after which fewer than so many come again."""
FAR_BINS = 9
_LEAST = 0.5  # where no two incidents lie far apart, the density of a fleet of equal devices is 1
_NO_ERROR = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Pairs of incidents of one device, one entry a device: how many there are, and how many chance would have.

    By chance: were all devices alike, with their peers' rates month by month. The sum of one over that of the other
    is the mean of theta squared, at whatever distance the pairs lie, if what makes a device fail lasts.
    """

    seen: Floats
    by_chance: Floats

    @property
    def density(self) -> float:
        """The mean of theta squared that these pairs speak for."""
        return float(self.seen.sum() / max(float(self.by_chance.sum()), 1e-12))

    @property
    def scatter(self) -> Floats:
        """What each device adds to the density's error."""
        return np.asarray(
            (self.seen - self.density * self.by_chance) / max(float(self.by_chance.sum()), 1e-12), dtype=np.float64
        )


def gaps_from(gap_hours: float) -> tuple[int, ...]:
    """The gaps that are tried one after the other, in days, from that between incidents on."""
    first = math.ceil(gap_hours / 24)
    return (first, *(gap for gap in GAPS if gap > first))


def join_troubles(device: Ints, day: Ints, *, gap_days: int) -> tuple[Ints, Ints, Ints]:
    """Device, first and last day of each trouble, in order: incidents less than `gap_days` apart.

    Without a cap: what comes again every week for a year is one trouble.
    """
    order = np.lexsort((day, device))
    device, day = device[order], day[order]
    begins = np.ones(len(device), dtype=np.bool_)
    begins[1:] = (np.diff(device) != 0) | (np.diff(day) >= gap_days)
    return device[begins], day[begins], day[np.append(begins[1:], [True])[: len(day)]]


def shut(device: Ints, day: Ints, *, gap_days: int, until_day: int) -> tuple[Ints, Ints, Ints]:
    """On which days no new trouble could begin: device, first day and the day after the last, one entry an incident.

    From the day after it until nothing was told for `gap_days`; no day twice.
    """
    order = np.lexsort((day, device))
    device, day = device[order], day[order]
    following = np.full(len(day), until_day)
    following[:-1] = np.where(device[1:] == device[:-1], day[1:] + 1, until_day)
    return device, day + 1, np.minimum(day + gap_days, following)


@dataclass(frozen=True, kw_only=True, slots=True)
class Excess:
    """The share of incidents with another one near that no lasting rate explains, and its standard error."""

    share: float
    error: float

    @property
    def is_known(self) -> bool:
        """Whether incidents come again at all: until then they are what they seem."""
        return self.is_over(AGAIN)

    def is_over(self, least: float, *, sure: float = SURE) -> bool:
        """Whether it is surely some, and more than this; `sure` is in standard errors."""
        return self.share > least and self.share > sure * self.error

    def chance_over(self, least: float) -> float:
        """How likely the share is larger than this."""
        return float(scipy.special.ndtr((self.share - least) / max(self.error, _NO_ERROR)))


NONE_TOLD_AGAIN = Excess(share=0.0, error=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class TroubleRecord:
    """A kind's troubles, their first and last days, in order, and what is `expected` of each device by bin."""

    device: Ints
    day: Ints
    last: Ints
    bins: Ints
    expected: Floats
    bin_days: int

    def told_again(self, since: int, until: int) -> Excess:
        """How many have another one so many days later, beside pairs far apart."""
        far = far_pairs(self.device, self.bins, self.expected)
        return compare(self._pairs(since, until), far, len(self.device))

    def is_told_again_soon(self, since: int, until: int) -> bool:
        """Whether so many have another one within a month that it is known."""
        soon = max(until, _MONTH)
        excess = compare(self._pairs(since, soon), self._pairs(soon, _HALF_A_YEAR), len(self.device))
        return excess.is_over(AGAIN_IN_A_MONTH, sure=SURE_IN_A_MONTH)

    def _pairs(self, since: int, until: int) -> Pairs:
        return near_pairs(
            self.device, self.day, self.last, self.expected, since=since, until=until, bin_days=self.bin_days
        )


def compare(near: Pairs, far: Pairs | None, incidents: int) -> Excess:
    """The near pairs that are too many to be anything but the same trouble told again, by incident.

    If a device fails at a lasting rate of its own, two of its incidents lie close together as often as far apart, but
    for what its peers' months explain. What is over that is the share that was told again: unlike the
    ratio of near to far pairs, a few busy devices do not dilute it. The comparison is that of Ripley's K function in
    time: Diggle, "Statistical Analysis of Spatial and Spatio-Temporal Point Patterns" (2013), chapter 4. Nothing far
    apart to compare with (None): nothing.
    """
    if far is None:
        return NONE_TOLD_AGAIN
    by_chance = float(near.by_chance.sum()) / max(incidents, 1)
    error = float(np.sqrt(((near.scatter - far.scatter) ** 2).sum()))
    return Excess(share=(near.density - max(far.density, _LEAST)) * by_chance, error=error * by_chance)


def near_pairs(
    device: Ints, day: Ints, last: Ints, expected: Floats, *, since: int, until: int, bin_days: int
) -> Pairs:
    """Pairs `since` to `until` (excluded) days apart, from the last day of the one to the first of the other.

    Ordered by device and day.
    """
    seen = np.zeros(len(expected))
    step, is_left = 1, True
    while is_left and step < len(device):
        same = device[step:] == device[:-step]
        apart = day[step:] - last[:-step]
        is_left = bool((same & (apart < until)).any())
        seen += np.bincount(device[step:][same & (apart >= since) & (apart < until)], minlength=len(expected))
        step += 1
    by_chance = np.zeros(len(expected))
    for later in range(min(until // bin_days + 2, expected.shape[1])):
        both = np.einsum("ib,ib->i", expected[:, : expected.shape[1] - later], expected[:, later:])
        share = _share_below(until - later * bin_days, bin_days) - _share_below(since - later * bin_days, bin_days)
        by_chance += both * share
    return Pairs(seen=seen, by_chance=by_chance)


def far_pairs(device: Ints, bins: Ints, expected: Floats) -> Pairs | None:
    """Pairs nine months or more apart, in a shorter record half of it; None where nothing lies so far apart."""
    devices, count = expected.shape
    recorded = int(np.flatnonzero(expected.any(axis=0))[-1]) + 1 if expected.any() else 0
    far = min(FAR_BINS, recorded // 2)
    if far == 0:
        return None
    observed = np.bincount(device * count + bins, minlength=devices * count).reshape(devices, count)
    return Pairs(seen=_products(observed.astype(np.float64), far), by_chance=_products(expected, far))


def _products(cells: Floats, far: int) -> Floats:
    """Of each row, the sum of all products of two cells that lie `far` or more apart."""
    rest = np.cumsum(cells[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.einsum("ib,ib->i", cells[:, :-far], rest[:, far:]), dtype=np.float64)


def _share_below(days: float, bin_days: int) -> float:
    """The share of pairs, one of each of two bins, whose distance is less than that of the bins by `days` or more.

    The difference of two instants of bins is spread as a triangle.
    """
    at = float(np.clip(days / bin_days, -1, 1))
    return (1 + at) ** 2 / 2 if at < 0 else 1 - (1 - at) ** 2 / 2
