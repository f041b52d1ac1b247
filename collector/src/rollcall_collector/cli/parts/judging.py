"""Judges the whole fleet now, as the settings and the prices that people entered have it."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from rollcall_collector.config import CollectorSettings
from rollcall_collector.judging.fleet import JudgeSummary, judge_fleet
from rollcall_collector.procurement.kept_prices import battery_price
from rollcall_collector.store.judged.alone import alone


def judge_now(engine: Engine, settings: CollectorSettings, progress: Callable[[str, int, int], None]) -> JudgeSummary:
    """Judge every device; `progress` hears what is done, how much of it, and of how much.

    Raises StoreError where another process judges this store now.
    """
    with alone(engine):
        return judge_fleet(
            engine,
            datetime.now(UTC),
            parameters=settings.judge.parameters,
            swap_price=battery_price(engine, settings.plan),
            progress=progress,
        )
