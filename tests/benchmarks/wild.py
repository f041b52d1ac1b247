"""Whether the lists keep their promise where schools are messy: wrong names, power and intervals, kind by kind."""

import os
import sys
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.failures.evidence import failure_evidence
from rollcall_collector.judge.failures.reliability import FleetJudgement, Lists
from rollcall_collector.judge.parameters import Parameters
from tests.support.fleets.arrays import UNTIL, Truth
from tests.support.fleets.wild import INDEPENDENT, WILD, Kind, WildFleet, make_wild

FLEETS = int(os.environ.get("FLEETS", "3"))
"""Made-up fleets a row: 3 for a glance (some five points of luck in a share), 40 for the record."""
NIGHTS = 250
IN_A_ROW: tuple[tuple[float, Truth], ...] = (
    (0.5, "gamma"),
    (1, "gamma"),
    (2, "gamma"),
    (1, "lognormal"),
    (2, "lemons"),
)
"""Incidents a year and spread of the fleets that are judged night after night, their lists handed on."""
PARAMETERS = Parameters()
_BAR = 30


@dataclass(kw_only=True, slots=True)
class Row:
    """What became of the lists of some fleets of one kind; `bad` are the devices truly over the threshold."""

    devices: int = 0
    bad: int = 0
    named: int = 0
    wrong: int = 0
    watched: int = 0
    wrong_watched: int = 0
    held: int = 0
    """Of the names on both lists, those whose 90 % interval holds the truth."""

    def count(self, fleet: WildFleet, judged: FleetJudgement) -> None:
        """Hold one judging against the truth."""
        for device in np.flatnonzero(judged.replace | judged.watch).tolist():
            found = failure_evidence(judged, device)
            self.held += (found.low or 0.0) <= fleet.theta[device] <= (found.high or 0.0)
        is_bad = fleet.theta > PARAMETERS.threshold
        self.devices += len(is_bad)
        self.bad += int(is_bad.sum())
        self.named += _count(judged.replace)
        self.wrong += _count(judged.replace & ~is_bad)
        self.watched += _count(judged.watch)
        self.wrong_watched += _count(judged.watch & ~is_bad)

    def __str__(self) -> str:
        thousands = self.devices / 1000
        power = _percent(self.named - self.wrong, self.bad)
        either = _percent(self.named + self.watched - self.wrong - self.wrong_watched, self.bad)
        return (
            f"{self.named / thousands:>9.1f}{_percent(self.wrong, self.named):>8}"
            f"{self.watched / thousands:>9.1f}{_percent(self.wrong_watched, self.watched):>8}{power:>8}{either:>8}"
            f"{_percent(self.held, self.named + self.watched):>8}"
        )


@dataclass(kw_only=True, slots=True)
class Standing:
    """The lists as they stood, added up over nights; `broken` are nights on which a list broke its promise by its own
    numbers, `chance` the sum of (1 - P) over its names."""

    nights: int = 0
    broken: int = 0
    named: int = 0
    wrong: int = 0
    chance: float = 0.0
    watched: int = 0
    wrong_watched: int = 0
    chance_watched: float = 0.0

    def count(self, fleet: WildFleet, judged: FleetJudgement) -> None:
        """One night."""
        is_bad = fleet.theta > PARAMETERS.threshold
        by_chance = [float((1 - judged.probability[chosen]).sum()) for chosen in (judged.replace, judged.watch)]
        self.nights += 1
        self.named += _count(judged.replace)
        self.wrong += _count(judged.replace & ~is_bad)
        self.chance += by_chance[0]
        self.watched += _count(judged.watch)
        self.wrong_watched += _count(judged.watch & ~is_bad)
        self.chance_watched += by_chance[1]
        self.broken += (
            by_chance[0] > PARAMETERS.replace_fdr * _count(judged.replace) + 1e-9
            or by_chance[1] > PARAMETERS.watch_fdr * _count(judged.watch) + 1e-9
        )

    def __str__(self) -> str:
        return (
            f"{self.named / self.nights:>9.1f}{_percent(self.wrong, self.named):>8}"
            f"{_percent(self.chance, self.named):>8}{self.watched / self.nights:>9.1f}"
            f"{_percent(self.wrong_watched, self.watched):>8}{_percent(self.chance_watched, self.watched):>8}"
            f"{_percent(self.broken, self.nights):>12}"
        )


def measure_nights(yearly: float, truth: Truth, *, fleets: int, nights: int = NIGHTS) -> Standing:
    """Fleets judged on so many nights in a row, each night given the lists of the last."""
    standing = Standing()
    for seed in range(fleets):
        fleet = make_wild(INDEPENDENT, yearly, truth, seed=seed)
        before: Lists | None = None
        for until in range(UNTIL - nights, UNTIL):
            judged = fleet.judge(until=until, before=before)
            before = Lists(replace=judged.replace, watch=judged.watch)
            standing.count(fleet, judged)
    return standing


def measure(kind: Kind, strength: float, truth: Truth, *, fleets: int) -> Row:
    """So many fleets judged once each; the same seeds every time, so two judges are asked the same."""
    row = Row()
    for seed in range(fleets):
        fleet = make_wild(kind, strength, truth, seed=seed)
        row.count(fleet, fleet.judge())
    return row


def main() -> None:
    """Print one row a kind, strength and spread of the devices; a bar on the terminal says how far it is."""
    cases = [(kind, strength, truth) for kind in WILD for truth in kind.truths for strength in kind.strengths]
    stated = f"stated {PARAMETERS.replace_fdr:.0%}", f"{PARAMETERS.watch_fdr:.0%}"
    print(f"{FLEETS} fleets of 1,000 a row; names per 1,000 devices, wrong ones in % ({stated[0]} and {stated[1]})")
    print(
        f"{'kind, strength':<38}{'devices':<10}{'replace':>9}{'wrong':>8}{'watch':>9}{'wrong':>8}{'found':>8}{'both':>8}{'held':>8}"
    )
    for done, (kind, strength, truth) in enumerate(cases):
        _show(done, len(cases))
        row = measure(kind, strength, truth, fleets=FLEETS)
        _show(done + 1, len(cases), is_over=True)
        print(f"{kind.said + f' {strength:g}':<38}{truth:<10}{row}", flush=True)
    fleets = max(1, FLEETS // 10)
    print(
        f"\n{NIGHTS} nights in a row, {fleets} fleets a row; wrong by truth, by its own numbers; nights that break a promise"
    )
    print(
        f"{'incidents a year':<20}{'devices':<10}{'replace':>9}{'wrong':>8}{'own':>8}"
        f"{'watch':>9}{'wrong':>8}{'own':>8}{'broken, %':>12}"
    )
    for yearly, truth in IN_A_ROW:
        print(f"{yearly:<20g}{truth:<10}{measure_nights(yearly, truth, fleets=fleets)}", flush=True)


def _count(chosen: Bools) -> int:
    return int(np.count_nonzero(chosen))


def _percent(part: float, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def _show(done: int, of: int, *, is_over: bool = False) -> None:
    """The bar, where somebody looks on: it goes before a row is printed."""
    if sys.stderr.isatty():
        filled = _BAR * done // of
        sys.stderr.write("\r\033[K" if is_over else f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {of}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
