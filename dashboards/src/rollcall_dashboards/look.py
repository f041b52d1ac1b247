"""Turns a view's values into a page: one template engine, escaping on, texts ready for translation."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from rollcall_collector.api.services import services_of
from rollcall_dashboards import bars, deeds, faces, findings, intervals, model_intervals, plan_words, trolley, words
from rollcall_dashboards.language import translate, translate_count

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
        day=words.say_day,
        date=words.say_date,
        month=words.say_month,
        bytes=words.say_bytes,
        seconds=words.say_seconds,
        number=words.say_number,
        iso=words.iso,
        briefly=words.say_briefly,
        sentence=words.say_sentence,
        decision=deeds.say_decision,
        finding=findings.say_finding,
        channel=findings.say_channel,
        rule=findings.say_rule,
        percent=findings.say_percent,
        hundredfold=model_intervals.hundredfold,
        money=plan_words.say_money,
        minutes=plan_words.say_minutes,
        left_out=plan_words.say_left_out,
    )
    made.globals.update(
        _=translate,  # the extension's own would take a per cent sign in any text for a place to fill
        ngettext=translate_count,
        field=words.say_field,
        say_instant=words.say_instant,
        say_ago=words.say_ago,
        days_bar=bars.draw,
        days_words=bars.say,
        evidence_rows=findings.say_evidence,
        peers_scale=intervals.scale,
        outcomes=deeds.OUTCOME_CHOICES,
        trolley=trolley.draw,
        verdict_face=faces.verdict,
        slot_face=faces.slot,
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
