"""What needs me this morning? At most seven lines, worst first, and how many devices were heard at each school."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeeDevices, SignedIn
from rollcall_collector.carts.school_day import SchoolDay
from rollcall_collector.model.device import SILENT_DAYS, DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_collector.store.attendance import Attendance, call_roll, list_lost_bridges
from rollcall_collector.store.devices import count_devices
from rollcall_collector.store.health import count_publishers, list_refused
from rollcall_collector.store.judged.flag_news import FlagNews, has_judged_before, read_news
from rollcall_collector.store.judged.flag_overview import group_open
from rollcall_collector.store.judged.judgings import last_run
from rollcall_collector.store.kept.day_counts import DayCount, count_days
from rollcall_collector.store.parts.restores import list_restores
from rollcall_collector.store.sites import list_sites
from rollcall_collector.store.teachers.complaints import list_complaints
from rollcall_dashboards.pages.today import attention, complained, model_incidents
from rollcall_dashboards.pages.today.attention import Need
from rollcall_dashboards.shared.day_columns import day_columns
from rollcall_dashboards.shared.fallen_silent import fallen_silent
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.short_carts import list_short_carts
from rollcall_dashboards.shared.wording import say_instant, today_in, zone_of

router = APIRouter(include_in_schema=False)
LINES = 7
LATELY_DAYS = 28
HISTORY_DAYS = 28
"""So long after a school opens it may be expected that its devices have spoken."""
_NOON = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """The quiet line of one site: heard today of those expected, and its last four weeks.

    Expected is who was heard within these weeks; `unheard` are the others in use, who may never have spoken.
    """

    name: str
    zone: str
    heard: int
    expected: int
    unheard: int
    last_heard_at: datetime | None
    is_school_day: bool
    history: Markup

    @property
    def percent(self) -> float:
        """The share heard, for the length of the strip."""
        return min(100.0, round(100 * self.heard / self.expected, 1)) if self.expected else 0.0


@router.get("/")
def lead_home(request: Request, services: Given, person: SignedIn) -> Response:
    """The morning's page; who only looks wants a cart, and is led to those."""
    if not (person.may("decide") or person.may("place")):
        return RedirectResponse("/carts", status_code=303)
    return show_today(request, services, person)


@router.get("/today")
def show_today(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """The morning's page, whoever looks."""
    now = services.clock()
    with services.engine.connect() as connection:
        sites = list_sites(connection, person.scope)
        today = today_in(services.zone, now)
        days = count_days(connection, person.scope, since=today - timedelta(days=HISTORY_DAYS - 1), until=today)
        lately = now - timedelta(days=LATELY_DAYS)
        midnights = {site.site: SchoolDay(site, now).began_at for site in sites}
        attendances = call_roll(connection, person.scope, midnights, lately=lately)
        rolls = [(site, attendances[site.site]) for site in sites]
        found = _find_needs(connection, person.scope, services, rolls, days)
        to_do = count_devices(connection, person.scope, DeviceQuery(flag_state="accepted"))
        beside = count_devices(connection, person.scope, DeviceQuery(is_settled_beside=True))
        news = read_news(connection, person.scope, now)
    found.sort(key=lambda need: need.rank)
    own: dict[str | None, list[DayCount]] = defaultdict(list)
    for day in days:
        own[day.site].append(day)
    values = {
        "title": _title(len(found), now.astimezone(zone_of(services.zone)).hour < _NOON),
        "day": today,
        "holiday": _holiday(sites, today),
        "needs": found[:LINES],
        "others": found[LINES:],
        "to_do": to_do,
        "beside": beside,
        "news": news,
        "news_title": None if news is None else _news_title(news, services.zone, now),
        "sites": [
            _strip(site, roll, own[site.name], today_in(site.zone, now)) for site, roll in rolls if roll.devices
        ],
    }
    return show(request, "today/today.html", values)


def _find_needs(
    connection: Connection,
    scope: Scope,
    services: Services,
    rolls: Sequence[tuple[Site, Attendance]],
    days: Sequence[DayCount],
) -> list[Need]:
    now = services.clock()
    yesterday = now - timedelta(days=1)
    newest = today_in(services.zone, now) - timedelta(days=1)
    awake = [(site, roll) for site, roll in rolls if _has_settled(site, now)]
    sites = {site.name: site for site, _ in rolls}
    fallen = _fallen(connection, scope, [site for site, _ in rolls], now)
    run = last_run(connection, scope)
    has_news = has_judged_before(connection, yesterday)
    groups = group_open(connection, scope, new_since=yesterday if has_news else None)
    return [
        *_not_begun(connection, scope, rolls),
        *attention.restored(list_restores(connection), services.zone, now),
        *attention.few_ready(list_short_carts(connection, scope, now, sites)),
        *complained.complaints(list_complaints(connection, scope), sites, now),
        *attention.quiet_sites(roll for _, roll in awake),
        *attention.new_flags(groups, has_plan=scope.has_prices),
        *model_incidents.struck_models(
            () if run is None else run.shocks,
            [day for day in days if day.on >= newest],
            [day for day in days if day.on < newest],
            today=newest + timedelta(days=1),
        ),
        *attention.lost_bridges(list_lost_bridges(connection, scope, silent_since=yesterday)),
        *attention.refused_reports(list_refused(connection, scope, since=yesterday)),
        *attention.silent_devices(fallen),
    ]


def _not_begun(connection: Connection, scope: Scope, rolls: Sequence[tuple[Site, Attendance]]) -> list[Need]:
    if any(roll.last_heard_at is not None for _, roll in rolls):
        return []
    listed = count_devices(connection, scope, DeviceQuery())
    if count_devices(connection, scope, DeviceQuery(heard="never")) < listed:
        return []
    return attention.not_begun(listed, min(listed, sum(count_publishers(connection, scope).values())))


def _title(count: int, is_morning: bool) -> str:  # noqa: FBT001  # read at its one call
    if not count:
        return translate("Nothing needs you this morning") if is_morning else translate("Nothing needs you now")
    return translate_count("%(num)s thing needs you", "%(num)s things need you", count)


def _news_title(news: FlagNews, zone: str, now: datetime) -> str:
    since = say_instant(news.since, zone, now=now)
    if not news.opened_count and not news.closed_count:
        return translate("Nothing new since %(since)s", since=since)
    opened = translate_count("%(num)s flag opened", "%(num)s flags opened", news.opened_count)
    closed = translate_count("%(num)s closed", "%(num)s closed", news.closed_count)
    return translate("Since %(since)s: %(opened)s, %(closed)s", since=since, opened=opened, closed=closed)


def _holiday(sites: Sequence[Site], today: date) -> str:
    closed = [site for site in sites if not site.is_school_day(today)]
    return translate("no school today") if sites and len(closed) == len(sites) else ""


def _fallen(connection: Connection, scope: Scope, sites: Sequence[Site], now: datetime) -> list[tuple[str, int]]:
    """How many fell silent: in all (site ""), or site by site while some have holidays: then nobody is silent."""
    since = now - timedelta(days=SILENT_DAYS)
    in_school = [
        site.name
        for site in sites
        if site.school_days_since(since.date(), today_in(site.zone, now)) >= SILENT_DAYS // 2
    ]
    asked = [""] if len(in_school) == len(sites) else in_school
    questions = [(name, fallen_silent(DeviceQuery(site=name or None), now)) for name in asked]
    return [(name, count_devices(connection, scope, question)) for name, question in questions]


def _has_settled(site: Site, now: datetime) -> bool:
    local = now.astimezone(zone_of(site.zone))
    minute = local.hour * 60 + local.minute
    midday = (site.opens_minute + site.closes_minute) // 2
    return site.is_school_day(local.date()) and midday <= minute < site.closes_minute


def _strip(site: Site, roll: Attendance, days: Sequence[DayCount], today: date) -> Strip:
    span = [today - timedelta(days=back) for back in range(HISTORY_DAYS - 1, -1, -1)]
    active: Counter[date] = Counter()
    hurt: Counter[date] = Counter()
    for day in days:
        active[day.on] += day.active
        hurt[day.on] += day.hurt
    columns = [(on, active[on], hurt[on]) for on in span]
    return Strip(
        name=site.name,
        zone=site.zone,
        heard=roll.heard_today,
        expected=roll.heard_lately,
        unheard=roll.devices - roll.heard_lately,
        last_heard_at=roll.last_heard_at,
        is_school_day=site.is_school_day(today),
        history=day_columns(columns, translate("devices heard")),
    )
