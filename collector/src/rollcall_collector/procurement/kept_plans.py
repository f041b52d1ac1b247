"""Remembers what plans are made from until something of it changes: a slider that moves asks for money alone."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection

from rollcall_collector.model.plan import PlanQuestion
from rollcall_collector.model.scope import Scope
from rollcall_collector.procurement.considered import Considered, consider
from rollcall_collector.procurement.inputs import Fleet, read_fleet, read_trial
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.procurement.question import Asked
from rollcall_collector.store.kept.plan_changes import count_changes

HELD_MAX = 4
"""So many askers' fleets are held, and so many questions: a whole one of 25,000 devices takes some 25 MB."""
_T = TypeVar("_T")


class KeptPlans:
    """Used from every thread that answers; whoever asks while the fleet is read waits for it, once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes = -1
        self._fleets: list[tuple[Any, Fleet]] = []
        self._considered: list[tuple[Any, Considered]] = []

    def consider(  # noqa: PLR0917  # as the plan itself is asked for
        self,
        connection: Connection,
        scope: Scope,
        question: PlanQuestion,
        asked: Asked,
        settings: PlanSettings,
        today: date,
    ) -> Considered:
        """What could be done with the devices in scope, as it is now."""
        changes = count_changes(connection)
        with self._lock:
            if changes != self._changes:
                self._fleets, self._considered, self._changes = [], [], changes
            rule = question.threshold, question.wrong_share
            return _recall(
                self._considered,
                (scope, today, rule, asked.sites, settings),
                lambda: consider(self._fleet(connection, scope, today, question, rule), question, asked, settings),
            )

    def _fleet(self, connection: Connection, scope: Scope, today: date, question: PlanQuestion, rule: Any) -> Fleet:
        fleet = _recall(self._fleets, (scope, today), lambda: read_fleet(connection, scope, today))
        if not question.is_trial:
            return fleet
        return _recall(self._fleets, (scope, today, rule), lambda: read_trial(connection, scope, fleet, question))


def _recall(held: list[tuple[Any, _T]], key: Any, make: Callable[[], _T]) -> _T:
    """What is held under this key, else what is made now; what was asked for longest ago makes room."""
    found = next((one for one in held if one[0] == key), None)
    if found is None:
        found = (key, make())
    else:
        held.remove(found)
    held.append(found)
    del held[:-HELD_MAX]
    return found[1]
