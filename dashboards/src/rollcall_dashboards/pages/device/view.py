"""What is the matter with this one? Its verdict and evidence, its starts, failures and battery, its last words."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.judging.forecasts import say_kept_forecasts
from rollcall_collector.model.device import Device
from rollcall_collector.model.flag import STANDING, Decision, Flag, FlagState
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.facts import cells, last_vitals, list_boots, list_days, list_failures
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.judged.judgings import device_judgements, last_run
from rollcall_collector.store.judged.start_times import StartTime, start_times
from rollcall_collector.store.kept.start_bands import read_bands
from rollcall_collector.store.publishers.copies import find_set_backs
from rollcall_collector.store.publishers.tellers import Teller, list_tellers
from rollcall_collector.store.sites import list_sites
from rollcall_collector.store.teachers.complaints import complaints_of
from rollcall_dashboards.pages.device import chart_series, ratio_plot, teller_wording
from rollcall_dashboards.pages.device.lookup import look_up, show_unknown
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.decision_wording import days_to_ask
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.slot_wording import say_complaint
from rollcall_dashboards.shared.wording import say_headline, say_seconds, today_in
from rollcall_wire import Inventory, Vitals, explain

router = APIRouter(include_in_schema=False)
HISTORY_DAYS = 400
_HABIT = 3
"""So many times, and at every other start or more: then it is how the device is run."""
_WITHOUT_AGENT = frozenset({"ipados", "chromeos"})
"""Platforms on which nobody can type a command: nothing that an agent's doctor says helps there."""
_STATES: tuple[FlagState, ...] = get_args(FlagState)


@router.get("/devices/{name}")
def show_device(request: Request, services: Given, person: MaySeeDevices, name: str) -> Response:
    """One device by its id, serial number or tag; the address that stays is the one with its id."""
    with services.engine.connect() as connection:
        meant = look_up(connection, person.scope, name)
        if (device := meant.device) is None:
            return show_unknown(request, name, meant.alike)
        if device.device_id != name:
            return RedirectResponse(request.url_for("show_device", name=device.device_id).path, status_code=303)
        values = _read(connection, person.scope, services, device)
    return show(request, "device/device.html", {"device": device, "may_decide": person.may("decide"), **values})


def _read(connection: Connection, scope: Scope, services: Services, device: Device) -> dict[str, Any]:
    sites = {site.name: site for site in list_sites(connection, scope)}
    zone = sites[device.site].zone if device.site in sites else services.zone
    today = today_in(zone, services.clock())
    since = today - timedelta(days=HISTORY_DAYS)
    key = device.device
    flags = list_flags(connection, scope, states=_STATES, device=key)
    boots = list_boots(connection, scope, key)
    failures = list_failures(connection, scope, key)
    days = list_days(connection, scope, key, since=since, until=today)
    bands = read_bands(connection, device.model, since=since, until=today) if device.model else ()
    inventory, vitals = last_vitals(connection, scope, key)
    run = last_run(connection, scope)
    set_backs = find_set_backs(connection, scope, key)
    return {
        "run": run,
        "compared": compare(connection, scope, key, run),
        "forecasts_said": say_kept_forecasts(connection),
        "starts_said": say_starts(start_times(connection, scope, (key,), today).get(key)),
        "is_ipad": device.platform == "ipados",
        "replaced": _replacement(flags),
        "set_backs": set_backs,
        "is_always_set_back": set_backs is not None and is_always_set_back(set_backs.count, len(boots)),
        "complaints": complaints_of(connection, scope, key),
        "say_complaint": say_complaint,
        **_told_by(list_tellers(connection, scope, key), device, services.clock(), zone),
        "zone": zone,
        "title": title_of(device),
        "cells": cells(connection, scope, [key], today, sites)[key],
        "standing": [flag for flag in flags if flag.state in STANDING],
        "settled": [flag for flag in flags if flag.state not in STANDING],
        "history": decided_on(flags),
        "boots": boots,
        "failures": failures,
        "chart": chart_series.device_chart(boots=boots, failures=failures, days=days, bands=bands, zone=zone),
        "battery": chart_series.battery_fade(days),
        "sent": _sent(inventory, vitals),
        "days": days_to_ask(today),
    }


def is_always_set_back(count: int, starts: int) -> bool:
    """Whether a device puts its disk back as a habit, as a lab's does, and not after one repair."""
    return count >= _HABIT and 2 * count >= starts


def _told_by(tellers: Sequence[Teller], device: Device, now: datetime, zone: str) -> dict[str, Any]:
    return {
        "tellers": tellers,
        "has_doctor": device.platform not in _WITHOUT_AGENT and all(one.is_agent for one in tellers[:1]),
        "say_teller": teller_wording.say_teller,
        "say_age": teller_wording.say_age,
        "silences": teller_wording.say_silences(tellers, device.platform, now, zone),
        "lost_bridge": teller_wording.find_lost_bridge(tellers, now),
    }


def compare(connection: Connection, scope: Scope, key: int, run: JudgingRun | None) -> ratio_plot.RatioPlot | None:
    """The device beside its peers, by the last judging; None where it was not judged yet."""
    if run is None:
        return None
    return ratio_plot.compare(device_judgements(connection, scope, key), run.parameters["threshold"])


def say_starts(found: StartTime | None) -> str:
    """How it starts, of which kind and from how many starts; empty where nothing of it is known."""
    if found is None:
        return ""
    return translate(
        "%(kind)s starts take %(took)s: the middle of %(starts)s in the last four weeks",
        kind=translate(found.kind),
        took=say_seconds(found.seconds),
        starts=found.starts,
    )


def title_of(device: Device) -> str:
    """The answer: the sentence behind the verdict, else the verdict's word."""
    if device.sentence:
        return say_headline(device.sentence)
    if device.verdict == "not_enough_evidence":
        return translate("Not enough is known of this device yet")
    return translate(badges.verdict(device.verdict).word)


def decided_on(flags: tuple[Flag, ...]) -> list[tuple[Flag, Decision]]:
    """Every decision on these flags, the newest first."""
    taken = [(flag, decision) for flag in flags for decision in flag.decisions]
    return sorted(taken, key=lambda one: one[1].decided_at, reverse=True)


def _replacement(flags: tuple[Flag, ...]) -> Decision | None:
    """The decision by which another device took its place, if that still stands."""
    ended = [flag.decisions[-1] for flag in flags if flag.state == "done" and flag.decisions]
    replaced = [one for one in ended if one.outcome == "replaced"]
    return max(replaced, key=lambda one: one.decided_at, default=None)


def _sent(
    inventory: Mapping[str, Any] | None, vitals: Mapping[str, Any] | None
) -> list[tuple[str, list[tuple[explain.Field, Any]]]]:
    """What it sent last, kind by kind, each field with its plain words; what it did not measure says so."""
    kinds = (
        (translate("What it is"), Inventory, inventory),
        (translate("How it is"), Vitals, vitals),
    )
    return [
        (title, [(field, sent.get(field.name)) for field in explain.fields_of(kind)])
        for title, kind, sent in kinds
        if sent is not None
    ]
