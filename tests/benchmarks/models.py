"""How many models are called better or worse that are not, and how many that are: by the judge, by a bare interval."""

import os

from rollcall_collector.model.hardware import Standing
from tests.support.judged.modelled import MIXES, Mix, make_modelled

FLEETS = int(os.environ.get("FLEETS", "20"))


def measure(mix: Mix, *, is_bare: bool) -> str:
    """Of so many fleets: wrong calls in % of models and of fleets, calls a fleet, and the share of them that is wrong."""
    called, wrong, spoiled = 0, 0, 0
    for seed in range(FLEETS):
        fleet = make_modelled(mix, seed)
        calls: list[Standing] = fleet.call_by_interval() if is_bare else fleet.call()
        mistaken = fleet.wrong(calls)
        called += sum(one in ("above", "below") for one in calls)
        wrong, spoiled = wrong + mistaken, spoiled + (mistaken > 0)
    models = FLEETS * len(mix.times)
    share = f"{100 * wrong / called:.1f}" if called else "-"
    return f"{100 * wrong / models:>9.1f}{100 * spoiled / FLEETS:>9.1f}{called / FLEETS:>9.2f}{share:>9}"


def main() -> None:
    """Print one row a mix."""
    head = f"{'models, %':>9}{'fleets, %':>10}{'calls':>8}{'wrong, %':>9}"
    print(f"{FLEETS} fleets a row: wrongly called models, fleets with one, calls a fleet, share of them that is wrong")
    print(f"{'fleet':<40}{'a bare 90 % interval':<40}the judge")
    print(f"{'':<38}{head}    {head}")
    for mix in MIXES:
        print(f"{mix.said:<38}{measure(mix, is_bare=True)}    {measure(mix, is_bare=False)}", flush=True)


if __name__ == "__main__":
    main()
