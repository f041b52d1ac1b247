"""What do I lay before the vendor, or into the file? One device's whole case on a page to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.judge.failures.incident_list import list_incidents
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judging.forecasts import say_kept_forecasts
from rollcall_collector.model.device import Device
from rollcall_collector.model.fact import Boot
from rollcall_collector.model.flag import STANDING, FlagState
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.facts import list_boots, list_days, list_failures
from rollcall_collector.store.judged.flags import list_flags
from rollcall_collector.store.judged.judgings import last_run
from rollcall_collector.store.judged.start_times import start_times
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.device.battery_chart import Reading, draw_fade, read_battery
from rollcall_dashboards.pages.device.lookup import look_up, show_unknown
from rollcall_dashboards.pages.device.view import compare, decided_on, say_starts, title_of
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import today_in

router = APIRouter(include_in_schema=False)
FAILURES_MAX = 100
FACTS_MAX = 5000
MONTHS = 12
_STATES: tuple[FlagState, ...] = get_args(FlagState)


@dataclass(frozen=True, kw_only=True, slots=True)
class StartMonth:
    """The starts of one month: how many were measured, the middle and the longest."""

    month_on: date
    starts: int
    median_seconds: float
    longest_seconds: float


@router.get("/devices/{name}/dossier")
def show_dossier(request: Request, services: Given, person: MaySeeDevices, name: str) -> Response:
    """The dossier of one device by its id, serial number or tag; the address that stays is the one with its id."""
    with services.engine.connect() as connection:
        meant = look_up(connection, person.scope, name)
        if (device := meant.device) is None:
            return show_unknown(request, name, meant.alike)
        if device.device_id != name:
            return RedirectResponse(request.url_for("show_dossier", name=device.device_id).path, status_code=303)
        values = _read(connection, person.scope, services, device)
    return show(request, "device/dossier.html", {"device": device, **values})


def _read(connection: Connection, scope: Scope, services: Services, device: Device) -> dict[str, Any]:
    sites = {site.name: site for site in list_sites(connection, scope)}
    zone = sites[device.site].zone if device.site in sites else services.zone
    today = today_in(zone, services.clock())
    key, run = device.device, last_run(connection, scope)
    rule = Parameters() if run is None else Parameters.read(run.parameters)
    since = today - timedelta(days=rule.window_days)
    flags = list_flags(connection, scope, states=_STATES, device=key)
    failures = [one for one in list_failures(connection, scope, key, at_most=FACTS_MAX) if one.occurred_on >= since]
    boots = [one for one in list_boots(connection, scope, key, at_most=FACTS_MAX) if one.booted_on >= since]
    days = list_days(connection, scope, key, since=since, until=today)
    battery = read_battery(days)
    now = start_times(connection, scope, (key,), today).get(key)
    return {
        "zone": zone,
        "title": title_of(device),
        "today": today,
        "since": since,
        "run": run,
        "rule": rule,
        "facts_until": None if run is None else run.until_on - timedelta(days=1),
        "standing": [flag for flag in flags if flag.state in STANDING],
        "compared": compare(connection, scope, key, run),
        "forecasts_said": say_kept_forecasts(connection),
        "incidents": list_incidents(failures, parameters=rule),
        "failures": failures[:FAILURES_MAX],
        "failures_left": max(0, len(failures) - FAILURES_MAX),
        "starts_said": say_starts(now),
        "start_months": start_months(boots, kind=None if now is None else now.kind),
        "unclean_stops": sum(day.unclean_stops for day in days),
        "battery": _thinned(battery),
        "fade": draw_fade(battery),
        "history": decided_on(flags),
    }


def start_months(boots: Sequence[Boot], *, kind: str | None = None) -> tuple[StartMonth, ...]:
    """Measured starts of this kind (None: any) by calendar month, the newest first; a resume is no start."""
    took: dict[date, list[float]] = {}
    for boot in boots:
        if boot.to_login_seconds is not None and boot.start_kind != "resume" and kind in {None, boot.start_kind}:
            took.setdefault(boot.booted_on.replace(day=1), []).append(boot.to_login_seconds)
    return tuple(
        StartMonth(month_on=month, starts=len(one), median_seconds=median(one), longest_seconds=max(one))
        for month, one in sorted(took.items(), reverse=True)
    )


def _thinned(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The last reading of each of the newest twelve months with any, the newest first."""
    by_month = {reading.on.replace(day=1): reading for reading in readings}
    return tuple(by_month[month] for month in sorted(by_month, reverse=True)[:MONTHS])
