"""How many times its peers' rate a device has for what is not its fault: its hours, its school, its small model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.likeness.hours import weigh_days
from rollcall_collector.judge.likeness.shared_rates import SharedRate, fit_shared_rates, nothing_shared

_TURNS = 2
"""How often schools and small models are measured anew, each by what the other leaves: from then on nothing moves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peculiar:
    """One entry a device; `doubt` is the standard deviation of the logarithm of school and model together.

    `of_hours` is how much more than a usual day one of its days counts, by the hours it is awake.
    """

    sites: SharedRate | None
    of_hours: Floats
    of_site: Floats
    of_model: Floats
    doubt: Floats

    @property
    def of_day(self) -> Floats:
        """How much one of its days weighs, where peers' rates are measured by everybody's days."""
        return self.of_hours * self.of_site

    @classmethod
    def find(
        cls,
        observed: Ints,
        expected_by: Callable[[Floats], Floats],
        peers: Peers,
        site: Ints | None,
        hours: Floats | None,
        *,
        shape: float | None,
    ) -> "Peculiar":
        """From counts and from what peers let expect where each device's days weigh so many times a usual day's.

        Schools and models are measured by turns, each by what the other leaves unexplained. `shape` is the spread of
        devices, None where these counts are to tell it.
        """
        small = peers.too_small()
        of_hours = np.ones(len(small)) if hours is None else weigh_days(observed, expected_by, hours)
        school = np.full(len(small), -1) if site is None else site
        if shape is None:
            shape = posterior.fit_shape(observed, expected_by(of_hours))
        of_school = nothing_shared(int(school.max(initial=-1)) + 1, shape)
        of_model = nothing_shared(int(small.max(initial=-1)) + 1, shape)
        for _ in range(_TURNS):
            at_school, in_model = _of_each(of_school.times, school, 1.0), _of_each(of_model.times, small, 1.0)
            alike = expected_by(of_hours * at_school) / at_school
            of_school = fit_shared_rates(observed, alike * in_model, school, groups=len(of_school.times), shape=shape)
            at_school = _of_each(of_school.times, school, 1.0)
            of_model = fit_shared_rates(observed, alike * at_school, small, groups=len(of_model.times), shape=shape)
        return cls(
            sites=None if site is None else of_school,
            of_hours=of_hours,
            of_site=_of_each(of_school.times, school, 1.0),
            of_model=_of_each(of_model.times, small, 1.0),
            doubt=np.hypot(_of_each(of_school.doubt, school, 0.0), _of_each(of_model.doubt, small, 0.0)),
        )


def _of_each(figures: Floats, group: Ints, otherwise: float) -> Floats:
    """Each device its group's figure."""
    if len(figures) == 0:
        return np.full(len(group), otherwise)
    return np.where(group >= 0, figures[group], otherwise)
