"""Reads the last judging's report on hardware models: how often they fail, age and start, and what to buy again."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.judge.models.advice import mark_ongoing
from rollcall_collector.judging.own_models import keep_own
from rollcall_collector.model.hardware import ModelReport, Struck
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.judged.judgings import last_models, last_run
from rollcall_collector.store.judged.own_models import count_own

_MODELS = TypeAdapter(tuple[ModelReport, ...])
_STRUCK = TypeAdapter(tuple[Struck, ...])


@dataclass(frozen=True, kw_only=True, slots=True)
class Models:
    """The report of the last judging (none yet: `judged_at` is None), and what struck whole models at once.

    What may be bought again stands first within its platform, what lacks evidence last.
    """

    judged_at: datetime | None
    until_on: date | None
    models: tuple[ModelReport, ...]
    shocks: tuple[Struck, ...]


def read_report(connection: Connection, scope: Scope, *, platform: str | None = None) -> Models:
    """The last judging's report on the models in scope, or on those of one platform."""
    run = last_run(connection, scope)
    if run is None:
        return Models(judged_at=None, until_on=None, models=(), shocks=())
    models = _MODELS.validate_python(last_models(connection, scope))
    if not scope.is_all:
        models = keep_own(models, count_own(connection, scope, finding=UNRELIABLE))
    shocks = mark_ongoing(_STRUCK.validate_python(run.shocks), run.until_on)
    return Models(
        judged_at=run.judged_at,
        until_on=run.until_on,
        models=tuple(one for one in models if platform in {None, one.platform}),
        shocks=tuple(one for one in shocks if platform in {None, one.platform}),
    )


def shocks_of(found: Models, one: ModelReport) -> tuple[Struck, ...]:
    """What struck this model, the latest first."""
    return tuple(shock for shock in found.shocks if (shock.platform, shock.model) == (one.platform, one.model))
