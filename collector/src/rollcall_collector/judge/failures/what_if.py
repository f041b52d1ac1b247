"""Draws up the lists anew under another rule than the fleet was judged by, from the numbers of that judging."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.false_discovery import draw
from rollcall_collector.judge.likeness.spread import Spread, Told
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import Judgement


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDevices:
    """Who stands on each list, by key; `rows` are the devices' numbers under the rule."""

    replace: frozenset[int]
    watch: frozenset[int]
    rows: Mapping[int, Sequence[Judgement]]


NOBODY = ListedDevices(replace=frozenset(), watch=frozenset(), rows={})


def relist(
    rows: Mapping[int, Sequence[Judgement]],
    active_days: Mapping[int, int],
    *,
    parameters: Parameters,
) -> ListedDevices:
    """The lists under these parameters, by the choice of a fleet's first judging: nobody stands on them yet.

    `rows` are by device, with the probabilities of the threshold in question (`ask_threshold`).
    """
    named, watched = draw_among(
        (
            (key, max(row.probability for row in found))
            for key, found in rows.items()
            if active_days.get(key, 0) >= parameters.least_active_days and _weeks(found) >= parameters.least_incidents
        ),
        parameters=parameters,
    )
    return ListedDevices(replace=named, watch=watched, rows=rows)


def draw_among(
    contenders: Iterable[tuple[int, float]], *, parameters: Parameters
) -> tuple[frozenset[int], frozenset[int]]:
    """The replace and the watch list among those who may stand there: keys, and their highest probabilities."""
    found = tuple(contenders)
    probability = np.array([one for _, one in found])
    rates = parameters.replace_fdr, parameters.watch_fdr
    named, watched = draw(probability, rates=rates, may_enter=np.ones(len(found), dtype=np.bool_))
    return (
        frozenset(found[place][0] for place in np.flatnonzero(named).tolist()),
        frozenset(found[place][0] for place in np.flatnonzero(watched).tolist()),
    )


def ask_threshold(
    rows: Mapping[int, Sequence[Judgement]], threshold: float, *, shapes: Mapping[str, Told], judged_by: float
) -> dict[int, list[Judgement]]:
    """The rows by device, with their probability of being worse than this threshold.

    `judged_by` is the threshold of their probabilities: what doubts of another kind left of these is left of the new.
    Raises ValueError for a channel of which an older judging kept no spread: it answers for its own threshold alone.
    """
    by_prior: dict[tuple[str, bool], list[Judgement]] = defaultdict(list)
    for found in rows.values():
        for row in found:
            by_prior[row.channel, row.own_shape is not None].append(row)
    asked: dict[int, list[Judgement]] = {key: [] for key in rows}
    for (channel, has_own), those in sorted(by_prior.items(), key=lambda one: one[0]):
        spread = _own_spreads(those) if has_own else Spread.read(shapes.get(channel))
        if spread is None:
            raise ValueError(channel)
        observed, expected = np.array([row.observed for row in those]), np.array([row.expected for row in those])
        doubt = np.array([row.doubt for row in those])
        kept = np.array([row.probability for row in those])
        trust = posterior.trust_in(kept, observed, expected, spread=spread, doubt=doubt, threshold=judged_by)
        judged = posterior.judge(observed, expected, spread=spread, doubt=doubt, threshold=threshold)
        for row, one in zip(those, (judged.probability * trust).tolist(), strict=True):
            asked[row.device].append(replace(row, probability=one))
    return asked


def _own_spreads(rows: Sequence[Judgement]) -> Spread:
    shapes = np.array([row.own_shape for row in rows], dtype=np.float64)[:, None]
    return Spread(
        weights=np.ones(1), means=np.array([row.own_mean for row in rows], dtype=np.float64)[:, None], shapes=shapes
    )


def _weeks(rows: Sequence[Judgement]) -> int:
    """In how many weeks the incidents fell that speak most against a device."""
    most = max(row.probability for row in rows)
    return max(row.weeks for row in rows if row.probability == most)
