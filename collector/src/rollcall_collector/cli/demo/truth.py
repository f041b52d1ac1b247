"""Holds the demo's judging against what is really wrong with its devices, which only the simulator knows."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.cli.demo.lists import score_lists, tell_scores
from rollcall_collector.cli.demo.money import spend, tell_money
from rollcall_collector.cli.demo.truth_file import TrueDevice, read_truth
from rollcall_collector.cli.parts.assembly import StationError
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.config import CollectorSettings
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.kept_prices import with_kept_prices
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.judged.judgings import last_run

TRUTH = Path("district", "truth.json")
"""Where the simulator writes it down, in the demo's folder."""


def check_demo(settings: CollectorSettings, *, now: datetime, budget: float) -> str:
    """The same for a demo that is not running, from its folder. Raises StationError where there is none."""
    truth = read_truth(settings.folder / TRUTH)
    with opened_store(settings) as engine:
        return tell_truth(engine, truth, settings, now=now, budget=budget)


def tell_truth(
    engine: Engine, truth: Mapping[str, TrueDevice], settings: CollectorSettings, *, now: datetime, budget: float
) -> str:
    """How right the lists and findings are, and what a plan would truly win back.

    Raises StationError before the demo is judged.
    """
    with engine.connect() as connection:
        run = last_run(connection, Scope.all())
        if run is None:
            raise StationError("the demo is not judged yet: start `rollcall demo` and let it tell its past")
        scores = score_lists(
            list_flags(connection, Scope.all(), states=STANDING),
            truth,
            replace=float(run.parameters.get("replace_fdr", Parameters().replace_fdr)),
            watch=float(run.parameters.get("watch_fdr", Parameters().watch_fdr)),
        )
        ids = {one.device: one.device_id for one in every_device(connection, Scope.all(), DeviceQuery())}
        spent = spend(
            connection,
            truth,
            ids,
            budget=budget,
            settings=with_kept_prices(connection, settings.plan),
            now=now,
        )
    lists = ["Against what is really wrong, which only the simulator knows:", *tell_scores(scores, truth)]
    return "\n".join((*lists, "", *tell_money(spent, budget=budget)))
