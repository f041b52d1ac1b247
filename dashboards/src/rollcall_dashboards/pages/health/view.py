"""Is Rollcall itself well? Reports, delay, refusals with the way out of each, publishers, the last backup."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.health import way_out
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.store.health import Wellbeing, read_wellbeing
from rollcall_collector.store.parts.mirror import read_mirror
from rollcall_collector.store.parts.restores import count_missing, list_restores
from rollcall_collector.store.parts.runs import list_parts
from rollcall_collector.store.parts.share import read_service
from rollcall_collector.store.publishers.copies import list_shared
from rollcall_collector.store.publishers.put_off import list_put_off
from rollcall_dashboards.shared.day_columns import day_columns
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import today_in
from rollcall_wire.codes import REMARKS

router = APIRouter(include_in_schema=False)
DAYS = 7
STATES = {
    "ready": ("O", "good", "Connected", ""),
    "sleeping": ("Z", "quiet", "Asleep, as they said", ""),
    "disconnected": ("A", "quiet", "Gone, as they said", ""),
    "lost": (
        "D",
        "warn",
        "Lost without a word",
        "Their connection broke. In school hours look at the network; after school it means little.",
    ),
    "never": (
        "?",
        "warn",
        "Enrolled, never connected",
        "Run 'rollcall-agent doctor' on one of them: it says what keeps it from the broker.",
    ),
}


@router.get("/health")
def show_health(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """The collector's own state, with refusals and losses of the last seven days."""
    now = services.clock()
    since = now - timedelta(days=DAYS)
    with services.engine.connect() as connection:
        found = read_wellbeing(connection, person.scope, today=today_in(services.zone, now), since=since)
        shared = list_shared(connection, person.scope, since=since)
        put_off = list_put_off(connection, person.scope, since=since)
        restored = [
            (one, count_missing(connection, person.scope, one))
            for one in list_restores(connection, closed_since=since)
        ]
        # What the mirror and the jobs say names devices of any site: it is for who may see all.
        mirror = read_mirror(connection, now) if person.scope.is_all else None
        jobs = list_parts(connection, "job/") if person.scope.is_all else ()
        unserved = read_service(connection, now).unserved
    trouble = services.store_trouble()
    failed = [one for one in jobs if one.trouble]
    values = {
        "found": found,
        "shared": shared,
        "put_off": put_off,
        "trouble": trouble,
        "restored": restored,
        "may_close": person.may("set_up") and person.scope.is_all,
        "mirror": mirror,
        "failed": failed,
        "unserved": [str(share) for share in unserved],
        "title": _own_trouble(trouble, is_deaf=bool(unserved), has_failed=bool(failed)) or _title(found, len(shared)),
        "states": [(*face, found.publishers[state]) for state, face in STATES.items() if found.publishers.get(state)],
        "refused": [(one, way_out(one.reason)) for one in found.refused],
        "reports": day_columns([(on, count, 0) for on, count in found.reports_by_day], translate("reports")),
        "days": DAYS,
    }
    return show(request, "health/health.html", values)


def _own_trouble(trouble: str, *, is_deaf: bool, has_failed: bool) -> str:
    if trouble:
        return translate("Rollcall cannot keep anything now")
    if is_deaf:
        return translate("Nobody hears some of the devices")
    return translate("Some of Rollcall's own work fails") if has_failed else ""


def _title(found: Wellbeing, shared: int) -> str:
    if shared:
        return translate_count(
            "Two devices speak under %(num)s name", "Pairs of devices speak under %(num)s names", shared
        )
    refused = sum(one.count for one in found.refused if one.reason not in REMARKS)
    if refused:
        return translate_count(
            "%(num)s report was refused this week", "%(num)s reports were refused this week", refused
        )
    if found.reports_dropped:
        return translate("Devices had to drop reports this week")
    if found.last_heard_at is None:
        return translate("Rollcall is well and waits for its first report")
    return translate("Rollcall is well")
