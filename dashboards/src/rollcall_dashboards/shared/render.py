"""Turns a view's values into a page: one template engine, escaping on, texts ready for translation."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.identity.passwords import untold_uses
from rollcall_collector.model.scope import Asker
from rollcall_collector.model.wording import say_money
from rollcall_dashboards.shared import badges, day_bar, decision_wording, finding_wording, wording
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.seal import seal_of


@pass_context
def _say_money(context: Context, amount: float) -> str:
    """An amount in the currency that holds for the page."""
    return say_money(amount, str(context.get("currency", "")))


_FILTERS: dict[str, Callable[..., str]] = {
    "day": wording.say_day,
    "date": wording.say_date,
    "month": wording.say_month,
    "bytes": wording.say_bytes,
    "seconds": wording.say_seconds,
    "number": wording.say_number,
    "platform": wording.say_platform,
    "money": _say_money,
    "iso": wording.iso,
    "briefly": wording.say_briefly,
    "headline": wording.say_headline,
    "sentence": wording.say_sentence,
    "decision": decision_wording.say_decision,
    "finding": finding_wording.say_finding,
    "channel": finding_wording.say_channel,
    "rule": finding_wording.say_rule,
    "percent": finding_wording.say_percent,
}
_GLOBALS: dict[str, object] = {
    "_": translate,  # the extension's own would take a per cent sign in any text for a place to fill
    "ngettext": translate_count,
    "field": wording.say_field,
    "say_instant": wording.say_instant,
    "say_ago": wording.say_ago,
    "days_bar": day_bar.draw,
    "days_words": day_bar.say,
    "evidence_rows": finding_wording.say_evidence,
    "outcomes": decision_wording.OUTCOME_CHOICES,
    "verdict_face": badges.verdict,
    "slot_face": badges.slot,
}


def _emergency_uses(services: Services, person: Asker | None) -> list[datetime]:
    """What an administrator is told on whichever page they open next."""
    if person is None or not person.may("admit"):
        return []
    try:
        return untold_uses(services.engine, person.name)
    except SQLAlchemyError:  # the page that says so must be shown all the same
        return []


@cache
def environment() -> Environment:
    """The engine with the words and shapes of every page; an unknown name in a template is an error.

    A page's template is named by folder and file (`health/health.html`), a shared one by its file (`frame.html`).
    What only one page says or draws, its view hands in as a value.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader("rollcall_dashboards", folder) for folder in ("pages", "shared")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(translate, translate_count)  # type: ignore[attr-defined]  # the extension's
    made.filters.update(_FILTERS)
    made.globals.update(_GLOBALS)
    return made


def show(request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """The page as HTML. Every template also gets the person, the menu, the address, the clock, the day, the zone.

    And the school, the currency, the version, and how `rollcall` is called for this store. The menu are the pages that
    the app was made of (`app.state.menu`).
    """
    services = services_of(request)
    now: datetime = services.clock()
    person: Asker | None = getattr(request.state, "person", None)
    given = {
        "person": person,
        "seal": "" if person is None else seal_of(person),
        "emergency_uses": _emergency_uses(services, person),
        "menu": request.app.state.menu,
        "path": request.url.path,
        "now": now,
        "zone": services.zone,
        "school": services.school,
        "currency": services.currency,
        "now_day": wording.say_date(wording.today_in(services.zone, now)),
        "version": services.version,
        "command": services.command,
        **values,
    }
    return HTMLResponse(environment().get_template(template).render(given), status_code=status)
