"""Says what somebody decided and when it may be asked again: `accepted by Tom`, `done by Ada: replaced by SN-204`."""

from datetime import date, timedelta

from rollcall_collector.model.flag import Action, Decision, Outcome
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_day

_ACTIONS: dict[Action, str] = {
    "accept": "accepted",
    "postpone": "postponed",
    "dismiss": "dismissed",
    "finish": "done",
    "reopen": "opened again",
}
_OUTCOMES: dict[Outcome, str] = {
    "repaired": "repaired",
    "replaced": "replaced",
    "claimed": "claimed from the vendor",
    "nothing_found": "nothing found",
}
OUTCOME_CHOICES: tuple[tuple[str, str], ...] = tuple(_OUTCOMES.items())
"""How a finish may have ended, for a form: value and words."""


def say_decision(decision: Decision) -> str:
    """Who decided what, until when, and how it ended; the reason stands beside it."""
    said = translate("%(what)s by %(author)s", what=translate(_ACTIONS[decision.action]), author=decision.author)
    if decision.until_on is not None:
        said += " " + translate("until %(day)s", day=say_day(decision.until_on))
    outcome = say_outcome(decision)
    return f"{said}: {outcome}" if outcome else said


def say_outcome(decision: Decision) -> str:
    """How it ended: `repaired`, `replaced by SN-204`; empty where nobody said."""
    if decision.outcome is None:
        return ""
    if decision.replaced_by:
        return translate("replaced by %(name)s", name=decision.replaced_by)
    return translate(_OUTCOMES[decision.outcome])


def days_to_ask(today: date) -> dict[str, date]:
    """The first day on which a postponed flag may be asked about again, and the one that is proposed."""
    return {"tomorrow": today + timedelta(days=1), "next_month": today + timedelta(days=30)}
