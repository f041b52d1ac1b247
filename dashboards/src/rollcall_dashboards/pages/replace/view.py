"""What do I buy, repair, claim, and why? A budget, the list it cuts, and what the same money would win otherwise."""

import dataclasses
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeePrices
from rollcall_collector.errors import PlanError
from rollcall_collector.judging.forecasts import say_kept_forecasts
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import Flag
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.model.plan import FleetPlan, KeyedPlan
from rollcall_collector.model.scope import Asker, Scope
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.procurement.plan import (
    decide_plan,
    planned_devices,
    price_everything,
    show_listed,
    show_plan,
)
from rollcall_collector.procurement.sheets.spreadsheet import write_csv, write_xlsx
from rollcall_collector.procurement.wording import say_minutes
from rollcall_collector.sheets.csv_cells import as_file
from rollcall_collector.store.devices import count_devices
from rollcall_collector.store.judged.flag_overview import decided_since, list_acceptances
from rollcall_collector.store.judged.judgings import last_run
from rollcall_collector.store.sites import site_keys
from rollcall_dashboards.pages.replace import wording
from rollcall_dashboards.pages.replace.query import (
    THRESHOLDS,
    WRONG_PERCENTS,
    PlanAsked,
    plan_address,
    read_plan_asked,
    slider,
    to_question,
)
from rollcall_dashboards.shared.decision_wording import days_to_ask
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.prices_form import plain, read_prices
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import today_in

router = APIRouter(include_in_schema=False)
LATELY_DAYS = 30
DUE_NAMED = 4
"""Devices of a refresh that are named."""
JUST_NOW = timedelta(minutes=10)
_PLANNED: frozenset[Verdict] = frozenset({"replace", "claim", "repair", "refresh"})


@router.get("/replace")
def show_replace(request: Request, services: Given, person: MaySeePrices) -> HTMLResponse:
    """The plan for the question in the address."""
    now = services.clock()
    with services.engine.connect() as connection:
        sites = list(site_keys(connection, person.scope))
        asked = read_plan_asked(request.query_params, sites)
        plan, trouble = _plan(connection, person.scope, services, asked)
        shown = {} if plan is None else _shown(connection, person.scope, plan, asked)
        run = last_run(connection, person.scope)
        decided = _decided(connection, services, person, now)
        prices = read_prices(connection, services.plan_settings)
        has_devices = count_devices(connection, person.scope, DeviceQuery()) > 0
        forecasts_said = say_kept_forecasts(connection)
    values = {
        "asked": asked,
        "sites": sites,
        "run": run,
        "trouble": trouble,
        "has_devices": has_devices,
        "prices": prices,
        "forecasts_said": forecasts_said,
        "may_price": person.may("price") and person.scope.is_all,
        "may_decide": person.may("decide"),
        "days": days_to_ask(today_in(services.zone, now)),
        "thresholds": _thresholds(run),
        "wrong_percents": _wrong_percents(run),
        "address": plan_address(asked),
        "whole": plan_address(dataclasses.replace(asked, is_whole=True)),
        "csv": plan_address(asked, "/replace.csv"),
        "xlsx": plan_address(asked, "/replace.xlsx"),
        "say_minutes": say_minutes,
        "say_left_out": wording.say_left_out,
        "plain": plain,
        "places": wording.PLACES,
        **decided,
        **shown,
        **_planned(plan, run, asked),
    }
    page = show(request, "replace/replace.html", values)
    page.headers["hx-replace-url"] = plan_address(asked)  # as the slider moves: the address without its empty words
    return page


@router.get("/replace.csv")
def export_csv(request: Request, services: Given, person: MaySeePrices) -> Response:
    """Every row of the plan for the question in the address."""
    return Response(
        as_file(write_csv(_plan_of(request, services, person.scope))),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="replace.csv"'},
    )


@router.get("/replace.xlsx")
def export_xlsx(request: Request, services: Given, person: MaySeePrices) -> Response:
    """The plan as a spreadsheet."""
    return Response(
        write_xlsx(_plan_of(request, services, person.scope)),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"content-disposition": 'attachment; filename="replace.xlsx"'},
    )


def _plan_of(request: Request, services: Services, scope: Scope) -> FleetPlan:
    with services.engine.connect() as connection:
        asked = read_plan_asked(request.query_params, list(site_keys(connection, scope)))
        return show_plan(connection, scope, _decide(connection, scope, services, asked))


def _plan(connection: Connection, scope: Scope, services: Services, asked: PlanAsked) -> tuple[KeyedPlan | None, str]:
    """The plan, or why there is none."""
    try:
        return _decide(connection, scope, services, asked), ""
    except PlanError as error:
        return None, str(error)


def _decide(connection: Connection, scope: Scope, services: Services, asked: PlanAsked) -> KeyedPlan:
    """Without a budget: for as much money as everything that is proposed costs."""
    if asked.unclear is not None:
        raise asked.unclear
    settings, now, kept = services.plan_settings, services.clock(), services.kept_plans
    budget = asked.budget
    if budget is None:
        budget = price_everything(connection, scope, to_question(asked, 0.0), settings=settings, now=now, kept=kept)
    return decide_plan(connection, scope, to_question(asked, budget), settings=settings, now=now, kept=kept)


def _shown(connection: Connection, scope: Scope, plan: KeyedPlan, asked: PlanAsked) -> dict[str, Any]:
    """The rows that the page shows, with their devices: a district's plan has thousands of others."""
    lines = wording.shown(plan, is_whole=asked.is_whole)
    named = wording.listed(plan, is_whole=asked.is_whole)
    of_due = (key for due in plan.due for key in due.keys[:DUE_NAMED])
    keys = chain((one.key for one in lines.lines), (one.key for one in named), of_due)
    devices = planned_devices(connection, scope, keys)
    shown = wording.with_devices(lines, devices)
    return {
        "shown": shown,
        "anchors": wording.anchors(shown),
        "listed": show_listed(named, shown=devices),
        "refreshes": [(due, [devices[key].name for key in due.keys[:DUE_NAMED]]) for due in plan.due],
    }


def _planned(plan: KeyedPlan | None, run: JudgingRun | None, asked: PlanAsked) -> dict[str, Any]:
    if plan is None:
        return {"plan": None, "title": translate("This cannot be planned as it is asked"), "slider": slider(0, 0)}
    return {
        "plan": plan,
        "title": _title(plan, run, asked),
        "known": wording.say_plan(plan, is_asked=asked.budget is not None),
        "slider": slider(wording.total_cost(plan), plan.question.budget),
        "acceptable": wording.acceptable(plan.chosen),
        "claimable": wording.acceptable(plan.claims),
        "bars": wording.draw_comparisons(plan.comparisons),
        "by_chance": wording.say_by_chance(plan),
        "lacking": wording.say_lacking(run) if run is not None and not plan.is_enough else (),
        "minutes_yearly": sum(row.minutes_yearly for row in (*plan.chosen, *plan.claims)),
    }


def _title(plan: KeyedPlan, run: JudgingRun | None, asked: PlanAsked) -> str:
    if run is None:
        return translate("The fleet has not been judged yet")
    if not plan.is_enough:
        return translate("Not enough evidence yet to name devices by their failures")
    return wording.say_plan(plan, is_asked=asked.budget is not None)


def _thresholds(run: JudgingRun | None) -> list[tuple[str, str]]:
    """Value and words; the fleet's own rule has no value, so that its address stays short."""
    own = 1.5 if run is None else float(run.parameters["threshold"])
    return [("", translate("%(times)s times as often as its peers (now)", times=f"{own:g}"))] + [
        (f"{one:g}", translate("%(times)s times as often", times=f"{one:g}")) for one in THRESHOLDS if one != own
    ]


def _wrong_percents(run: JudgingRun | None) -> list[tuple[str, str]]:
    own = 5.0 if run is None else 100 * float(run.parameters["replace_fdr"])
    return [("", translate("%(share)s of 100 (now)", share=f"{own:g}"))] + [
        (f"{one:g}", translate("%(share)s of 100", share=f"{one:g}")) for one in WRONG_PERCENTS if one != own
    ]


def _is_planned(flag: Flag) -> bool:
    return flag.verdict in _PLANNED


def _decided(connection: Connection, services: Services, person: Asker, now: datetime) -> dict[str, Any]:
    """What was decided lately, what this person may take back at once, and who accepted what is accepted now."""
    since = now - timedelta(days=LATELY_DAYS)
    lately = [one for one in decided_since(connection, person.scope, since) if _is_planned(one)]
    accepted = list_acceptances(connection, person.scope, _PLANNED)
    return {
        "lately": lately,
        "just_decided": _just_decided(lately, person, now),
        "just_accepted": _just_accepted(lately, person, now),
        "decided": wording.say_deciders(accepted, services.zone),
    }


def _just_decided(lately: list[Flag], person: Asker, now: datetime) -> Flag | None:
    """What this person decided a moment ago: the page says so and offers to take it back."""
    for flag in lately[:1]:
        last = flag.decisions[-1]
        if last.author == person.name and last.action != "reopen" and now - last.decided_at < JUST_NOW:
            return flag
    return None


def _just_accepted(lately: list[Flag], person: Asker, now: datetime) -> tuple[int, ...]:
    """The flags that this person accepted together a moment ago: the page offers to take that back."""
    found = [
        flag.flag
        for flag in lately
        if flag.state == "accepted"
        and (last := flag.decisions[-1]).author == person.name
        and last.action == "accept"
        and now - last.decided_at < JUST_NOW
        and last.decided_at == lately[0].decisions[-1].decided_at
    ]
    return tuple(found) if len(found) > 1 else ()
