"""Turns a view's values into a page: one template engine, escaping on, texts ready for translation."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from rollcall_collector.api.services import services_of
from rollcall_dashboards.pages.carts import drawing
from rollcall_dashboards.pages.device import ratio_plot
from rollcall_dashboards.pages.models import rate_plot
from rollcall_dashboards.pages.replace import wording as plan_wording
from rollcall_dashboards.shared import badges, day_bar, decision_wording, finding_wording, wording
from rollcall_dashboards.shared.i18n import translate, translate_count

NAVIGATION: tuple[tuple[str, str], ...] = (
    ("/", "Today"),
    ("/devices", "Devices"),
    ("/replace", "Replace"),
    ("/models", "Models"),
    ("/carts", "Carts"),
    ("/health", "Health"),
    ("/privacy", "Privacy"),
)
"""The pages in the bar on top, by address; see README.md for how to add one."""


@cache
def environment() -> Environment:
    """The engine with every word and shape that templates may use; an unknown name in a template is an error."""
    made = Environment(
        loader=PackageLoader("rollcall_dashboards"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(translate, translate_count)  # type: ignore[attr-defined]  # the extension's
    made.filters.update(
        day=wording.say_day,
        date=wording.say_date,
        month=wording.say_month,
        bytes=wording.say_bytes,
        seconds=wording.say_seconds,
        number=wording.say_number,
        iso=wording.iso,
        briefly=wording.say_briefly,
        sentence=wording.say_sentence,
        decision=decision_wording.say_decision,
        finding=finding_wording.say_finding,
        channel=finding_wording.say_channel,
        rule=finding_wording.say_rule,
        percent=finding_wording.say_percent,
        hundredfold=rate_plot.hundredfold,
        money=plan_wording.say_money,
        minutes=plan_wording.say_minutes,
        left_out=plan_wording.say_left_out,
    )
    made.globals.update(
        _=translate,  # the extension's own would take a per cent sign in any text for a place to fill
        ngettext=translate_count,
        field=wording.say_field,
        say_instant=wording.say_instant,
        say_ago=wording.say_ago,
        days_bar=day_bar.draw,
        days_words=day_bar.say,
        evidence_rows=finding_wording.say_evidence,
        peers_scale=ratio_plot.scale,
        outcomes=decision_wording.OUTCOME_CHOICES,
        trolley=drawing.draw,
        verdict_face=badges.verdict,
        slot_face=badges.slot,
        navigation=NAVIGATION,
    )
    return made


def show(request: Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """The page as HTML. Every template also gets: the person, the address, the clock, the zone, the version."""
    services = services_of(request)
    now: datetime = services.clock()
    given = {
        "person": getattr(request.state, "person", None),
        "path": request.url.path,
        "now": now,
        "zone": services.zone,
        "version": services.version,
        **values,
    }
    return HTMLResponse(environment().get_template(template).render(given), status_code=status)
