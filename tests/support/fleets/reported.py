"""A judging with a report on models that are known to be good, usual, bad and unknown, kept as the night keeps it."""

from dataclasses import asdict
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from rollcall_collector.judge.fleet import judge_whole
from rollcall_collector.judge.models.report import report_models
from rollcall_collector.model.hardware import ModelReport
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.store.judged.judgings import keep_run
from tests.support.fleets.ledger import Ledger

JUDGED_AT = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
HOSTILE = "<script>alert(2)</script>"
FORMULA = "=HYPERLINK(0)"
SHOCKS = (
    {
        "channel": "crash",
        "platform": "windows",
        "model": "Bad",
        "from_on": "2025-10-03",
        "until_on": "2025-11-02",
        "devices": 34,
        "incidents": 36,
        "usual": 4.25,
        "version": "24H2",
    },
)


def make_report() -> tuple[ModelReport, ...]:
    """Three Windows models to compare, one too rare; iPads that tell nothing; a Chromebook model without another."""
    ledger = Ledger()
    for model, batches in (("Good", {2022: 10}), ("Usual", {2022: 45}), ("Bad", {2021: 90, 2024: 20})):
        for year, incidents in batches.items():
            places = ledger.add(100, model=model, year=year)
            ledger.use(places, range(24), health=0.75 if model == "Bad" else 0.9)
            for number in range(incidents):
                ledger.fail(places[number % 100], [5 + 37 * number % 700])
            for number, place in enumerate(places[:11]):
                ledger.start([place], range(1, 360, 3), 30.0 + number)
    alone = ledger.add(110, platform="chromeos", model=FORMULA)
    ledger.use(alone, range(12))
    ledger.fail(alone[0], [50])
    ledger.start(alone[:6], [*range(1, 28, 3), *range(200, 290, 3)], 9.0)
    ledger.use(ledger.add(8, model=HOSTILE), range(3))
    ledger.use(ledger.add(150, platform="ipados", model="iPad"), range(12))
    history = ledger.history()
    return report_models(judge_whole(history), history)


def keep_report(connection: Connection, models: tuple[ModelReport, ...] | None = None) -> tuple[ModelReport, ...]:
    """Keep the report as that of the newest judging, and what struck a model with it."""
    models = make_report() if models is None else models
    run = JudgingRun(
        run=0,
        judged_at=JUDGED_AT,
        until_on=date(2026, 1, 1),
        digest="",
        version="0",
        devices=0,
        incidents=0,
        history_days=0,
        is_enough=False,
        replace=0,
        watch=0,
        parameters={},
        shapes={},
        shocks=SHOCKS,
    )
    keep_run(connection, run, document="", models=[asdict(one) for one in models])
    return models
