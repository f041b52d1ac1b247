"""A plan read from the devices that something speaks against is the plan read from all of them, to the byte."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from rollcall_collector.judge.failures.what_if import (
    JudgedRates,
    ListedDevices,
    ask_threshold,
    draw_among,
    list_contenders,
)
from rollcall_collector.model.judgement import ANY, Judgement, StartJudgement
from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.considered import Considered, consider
from rollcall_collector.procurement.inputs import Fleet, asked_rule, read_fleet, read_whole
from rollcall_collector.procurement.kept_plans import KeptPlans
from rollcall_collector.procurement.lost_minutes import typical_share
from rollcall_collector.procurement.plan import make_plan
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.question import Asked
from rollcall_collector.store.history.plan_inputs import list_incidents
from rollcall_collector.store.history.plan_totals import Alike, list_rates
from rollcall_collector.store.judged.judgings import replace_judgements
from rollcall_collector.store.sites import find_site
from tests.support.fleets.planned import DISK, ENDING, NOW, RULE, SETTINGS, TODAY, WORN, Planned, judged, unreliable

ALL = Scope.all()
SITES = ("Oak", "Elm", None)


class _EverythingRead(KeptPlans):
    """Reads every device, and draws, counts and reckons what is typical from these readings."""

    def consider(  # noqa: PLR0917  # as its own
        self,
        connection: Connection,
        scope: Scope,
        question: PlanQuestion,
        asked: Asked,
        settings: PlanSettings,
        today: date,
    ) -> Considered:
        everything = _read_everything(connection, scope, today)
        return consider(_try_out(connection, scope, everything, question), question, asked, settings)


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_is_the_same_whether_few_devices_are_read_or_all(engine: Engine, seed: int) -> None:
    with engine.begin() as connection:
        _fill(connection, seed)
        oak = Scope(sites=frozenset({find_site(connection, ALL, "Oak").site}))
        few, everything = read_fleet(connection, ALL, TODAY), _read_everything(connection, ALL, TODAY)

        for scope in (ALL, oak):
            for asked in ({}, {"sites": ("Oak",)}, {"wrong_share": 0.3}, {"threshold": 1.2}, {"threshold": 2.0}):
                for budget in (0.0, 2_000.0, 1e9):
                    question = PlanQuestion(budget=budget, **asked)
                    plan, same = (
                        make_plan(connection, scope, question, settings=SETTINGS, now=NOW, kept=kept)
                        for kept in (KeptPlans(), _EverythingRead())
                    )
                    assert repr(plan) == repr(same)

    assert few.named == everything.named
    assert few.named - {one.device for one in few.flags}
    assert few.typical_share == everything.typical_share
    assert few.owned.items() < everything.owned.items()
    assert few.rows.items() < everything.rows.items()
    assert len(few.alike) < len(everything.alike) == len(everything.owned)


def test_all_that_was_judged_of_a_device_is_read(engine: Engine) -> None:
    """What is not known of its peers' rate, too: without that another rule that is tried out would name too many."""
    with engine.begin() as connection:
        fleet = Planned(connection=connection)
        fleet.judging()
        key = fleet.device("d1")
        row = judged(key, ANY, 6)._replace(
            low=1.5,
            high=4.0,
            doubt=0.3,
            own_shape=2.5,
            own_mean=0.9,
            peers="its model",
            site_times=1.7,
        )
        replace_judgements(connection, (key,), [row], [])

        found = list_incidents(connection, ALL)

    assert found == {key: [row]}


def _try_out(connection: Connection, scope: Scope, whole: Fleet, question: PlanQuestion) -> Fleet:
    """With the lists drawn among all."""
    if not question.is_trial:
        return whole
    assert whole.run is not None
    asked = asked_rule(whole.run, question)
    *told, days = list_rates(connection, scope)
    rates = JudgedRates.of(*told)
    if asked.threshold != RULE.threshold:
        rates = ask_threshold(rates, asked.threshold, shapes=whole.run.shapes, judged_by=RULE.threshold)
    contenders = list_contenders(rates, np.array(days, dtype=np.int64), parameters=asked)
    named, watched = draw_among(contenders, parameters=asked)
    found = dict(zip(zip(rates.device.tolist(), rates.channel, strict=True), rates.probability.tolist(), strict=True))
    rows = {
        key: [row._replace(probability=found[key, row.channel]) for row in those] for key, those in whole.rows.items()
    }
    return replace(whole, drawn=ListedDevices(replace=named, watch=watched, rows=rows))


def _read_everything(connection: Connection, scope: Scope, today: date) -> Fleet:
    whole = read_whole(connection, scope, read_fleet(connection, scope, today))
    *told, days = list_rates(connection, scope)
    contenders = list_contenders(JudgedRates.of(*told), np.array(days, dtype=np.int64), parameters=RULE)
    return replace(
        whole,
        named=draw_among(contenders, parameters=RULE)[0],
        typical_share=typical_share((one.active_days, one.watched_days or 0, 1) for one in whole.owned.values()),
        alike=tuple(
            Alike(
                site=one.site,
                platform=one.platform,
                purchased_on=one.purchased_on,
                price=one.price,
                support_until=one.support_until,
                devices=1,
            )
            for one in whole.owned.values()
        ),
    )


def _fill(connection: Connection, seed: int, devices: int = 90) -> None:
    """Most without a flag; failures of several kinds, as likely as each other in many; some retired, some new."""
    random, fleet = Random(seed), Planned(connection=connection)
    fleet.judging()
    for number in range(devices):
        name, failed = f"d{number}", random.choice((0, 0, 1, 2, 3, 5, 9))
        standing = [one for one in (unreliable(9), WORN, DISK, ENDING) if random.random() < 0.08]
        key = fleet.device(
            name,
            *standing,
            state=random.choice(("open", "accepted", "postponed", "dismissed")),
            site=random.choice(SITES),
            active_days=random.choice((0, 40, 60, 130, 200)),
            price=random.choice((None, 300.1, 420.7)),
            purchased_on=random.choice((None, date(2019, 5, 1), date(2023, 5, 1))),
            support_until=random.choice((None, date(2025, 6, 1), date(2028, 6, 1))),
        )
        replace_judgements(connection, (key,), _rows(key, failed, random), _starts(key, random))
        if random.random() < 0.7:
            fleet.active(name, TODAY - timedelta(days=random.choice((30, 179, 180, 300, 364, 365))))
        if random.random() < 0.1:
            fleet.retire(name)


def _rows(key: int, failed: int, random: Random) -> list[Judgement]:
    counts = {ANY: failed, "crash": random.choice((0, failed)), "storage": random.choice((0, failed))}
    return [
        judged(key, channel, count)._replace(
            weeks=min(count, random.choice((1, 2, 9))), doubt=random.choice((0.0, 0.2))
        )
        for channel, count in counts.items()
    ]


def _starts(key: int, random: Random) -> list[StartJudgement]:
    now = random.choice((None, 40.0, 90.5))
    found = StartJudgement(device=key, usual_seconds=40.0, now_seconds=now, model_seconds=40.0, starts_yearly=180.0)
    return random.choice(([], [found]))
