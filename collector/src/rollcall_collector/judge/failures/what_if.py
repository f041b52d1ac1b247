"""Draws up the lists anew under another rule than the fleet was judged by, from the numbers of that judging."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.false_discovery import draw
from rollcall_collector.judge.likeness.spread import Spread, Told
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import Judgement


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDevices:
    """Who stands on each list, by key; `rows` are numbers under the rule, of those on the replace list at least."""

    replace: frozenset[int]
    watch: frozenset[int]
    rows: Mapping[int, Sequence[Judgement]]


NOBODY = ListedDevices(replace=frozenset(), watch=frozenset(), rows={})


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedRates:
    """What a judging says of devices and kinds with an incident, one entry each, as a `Judgement` has it.

    `own_shape` and `own_mean` are NaN where the device has the common spread.
    """

    device: Ints
    channel: Sequence[str]
    observed: Ints
    weeks: Ints
    expected: Floats
    probability: Floats
    doubt: Floats
    own_shape: Floats
    own_mean: Floats

    @classmethod
    def of(  # in the order of the fields
        cls,
        device: Sequence[int],
        channel: Sequence[str],
        observed: Sequence[int],
        weeks: Sequence[int],
        *numbers: Sequence[float | None],
    ) -> "JudgedRates":
        """From columns in the order of the fields."""
        expected, probability, doubt, shape, mean = (np.array(one, dtype=np.float64) for one in numbers)
        return cls(
            device=np.array(device, dtype=np.int64),
            channel=channel,
            observed=np.array(observed, dtype=np.int64),
            weeks=np.array(weeks, dtype=np.int64),
            expected=expected,
            probability=probability,
            doubt=doubt,
            own_shape=shape,
            own_mean=mean,
        )


def ask_threshold(
    rates: JudgedRates, threshold: float, *, shapes: Mapping[str, Told], judged_by: float
) -> JudgedRates:
    """The same with the probability of being worse than this threshold.

    `judged_by` is the threshold of their probabilities: what doubts of another kind left of these is left of the new.
    Raises ValueError for a channel of which an older judging kept no spread: it answers for its own threshold alone.
    """
    asked = np.empty(len(rates.device))
    has_own, channel = np.isfinite(rates.own_shape), np.array(rates.channel, dtype=np.str_)
    for name in sorted(set(rates.channel)):
        for is_own in (False, True):
            those = np.flatnonzero((channel == name) & (has_own == is_own))
            if len(those):
                asked[those] = _ask(rates, those, _spread(rates, those, shapes.get(name), name), threshold, judged_by)
    return replace(rates, probability=asked)


def _ask(rates: JudgedRates, those: Ints, spread: Spread, threshold: float, judged_by: float) -> Floats:
    observed, expected, doubt = rates.observed[those], rates.expected[those], rates.doubt[those]
    kept = rates.probability[those]
    trust = posterior.trust_in(kept, observed, expected, spread=spread, doubt=doubt, threshold=judged_by)
    found: Floats = posterior.judge(observed, expected, spread=spread, doubt=doubt, threshold=threshold).probability
    return found * trust


def _spread(rates: JudgedRates, those: Ints, told: Told, channel: str) -> Spread:
    if np.isfinite(rates.own_shape[those[0]]):
        return Spread.of_each(rates.own_mean[those], rates.own_shape[those])
    spread = Spread.read(told)
    if spread is None:
        raise ValueError(channel)
    return spread


def list_contenders(rates: JudgedRates, active_days: Ints, *, parameters: Parameters) -> tuple[tuple[int, float], ...]:
    """Who may stand on a list, by key, with the highest probability; `active_days` are the device's, one an entry."""
    highest = np.lexsort((-rates.weeks, -rates.probability, rates.device))  # its most weeks, where two speak alike
    device, first = np.unique(rates.device[highest], return_index=True)
    worst = highest[first]
    may = (active_days[worst] >= parameters.least_active_days) & (rates.weeks[worst] >= parameters.least_incidents)
    return tuple(zip(device[may].tolist(), rates.probability[worst][may].tolist(), strict=True))


def draw_among(
    contenders: Iterable[tuple[int, float]], *, parameters: Parameters
) -> tuple[frozenset[int], frozenset[int]]:
    """The replace and the watch list among those who may stand there: keys, and their highest probabilities.

    It is the choice of a fleet's first judging: nobody stands on them yet.
    """
    found = tuple(contenders)
    probability = np.array([one for _, one in found])
    rates = parameters.replace_fdr, parameters.watch_fdr
    named, watched = draw(probability, rates=rates, may_enter=np.ones(len(found), dtype=np.bool_))
    return (
        frozenset(found[place][0] for place in np.flatnonzero(named).tolist()),
        frozenset(found[place][0] for place in np.flatnonzero(watched).tolist()),
    )
