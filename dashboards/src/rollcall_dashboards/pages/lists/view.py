"""What would this list change? It is looked at first, kept by a press, and taken back by another."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MayList
from rollcall_collector.model.roster import RosterChanges
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster import RosterReport, import_roster, read_list_before
from rollcall_collector.roster.columns import COLUMNS
from rollcall_collector.roster.mapping import read_wishes
from rollcall_collector.sheets.csv_cells import as_file
from rollcall_collector.store.sites import site_keys
from rollcall_dashboards.pages.lists.form import Sent, SentList
from rollcall_dashboards.pages.lists.wording import say_problem, say_result, say_title
from rollcall_dashboards.shared.render import show

router = APIRouter(prefix="/import", include_in_schema=False)
SHOWN = 200
"""So many bad lines and changes are shown; the rest is counted."""


@router.get("")
def show_lists(request: Request, services: Given, person: MayList) -> HTMLResponse:
    """The form for a file, and what the last import did if it was just now."""
    before = read_list_before(services.engine, person.scope)
    values = {"result": say_result(request.query_params), "has_before": before is not None}
    return show(request, "lists/lists.html", values)


@router.post("")
def look(request: Request, services: Given, person: MayList, sent: Sent) -> HTMLResponse:
    """What the list would change, and which column is taken as what. Nothing is kept."""
    return _preview(request, services, person.scope, sent)


@router.post("/keep")
def keep(request: Request, services: Given, person: MayList, sent: Sent) -> Response:
    """Keep the list, as it was last looked at; what was changed since is looked at first."""
    if sent.reading != sent.seen:
        return _preview(request, services, person.scope, sent, is_changed=True)
    report = _import(services, person.scope, sent, is_dry_run=False, skips_bad=sent.is_skipping_bad)
    return _preview(request, services, person.scope, sent) if report.changes is None else _to_result(report.changes)


@router.post("/undo")
def undo(services: Given, person: MayList) -> RedirectResponse:
    """Bring back the list as it was before the last import; once more takes that back."""
    before = read_list_before(services.engine, person.scope)
    if before is None:
        raise ApiProblem(409, "nothing_to_undo", "No list was imported yet that changed anything.")
    report = import_roster(services.engine, person.scope, before.encode(), new_site=services.new_site, skips_bad=True)
    return _to_result(report.changes or RosterChanges(), undone=True)


@router.get("/before.csv")
def export_before(services: Given, person: MayList) -> Response:
    """The list as it was before the last import."""
    before = read_list_before(services.engine, person.scope)
    if before is None:
        raise ApiProblem(404, "not_found", "No list was imported yet that changed anything.")
    headers = {"content-disposition": 'attachment; filename="before.csv"'}
    return Response(as_file(before), media_type="text/csv; charset=utf-8", headers=headers)


def _preview(
    request: Request, services: Services, scope: Scope, sent: SentList, *, is_changed: bool = False
) -> HTMLResponse:
    report = _import(services, scope, sent, is_dry_run=True, skips_bad=True)
    reading, changes = report.reading, report.changes
    with services.engine.connect() as connection:
        sites = list(site_keys(connection, scope))
    wished = dict(wish.rsplit("=", 1) for wish in sent.wishes)
    values = {
        "title": say_title(changes, bool(reading.rows)),
        "sent": sent,
        "is_changed": is_changed,
        "uses": {use.title: use for use in reading.headings},
        "wished": wished,
        "columns": COLUMNS,
        "sites": sites,
        "problems": [say_problem(problem) for problem in reading.problems[:SHOWN]],
        "problem_count": len({problem.line for problem in reading.problems}),
        "left_out": reading.left_out,
        "remarks": (*reading.remarks, *(changes.remarks if changes else ())),
        "good": len(reading.rows),
        "changes": changes,
        "twins": report.twins,
        "shown": SHOWN,
    }
    page = show(request, "lists/preview.html", values)
    page.headers["cache-control"] = "no-store"  # the list in it may name pupils
    return page


def _import(services: Services, scope: Scope, sent: SentList, *, is_dry_run: bool, skips_bad: bool) -> RosterReport:
    return import_roster(
        services.engine,
        scope,
        sent.content,
        new_site=services.new_site,
        dates=sent.dates,
        columns=read_wishes(sent.wishes),
        site=sent.site or None,
        today=services.clock().date(),
        is_dry_run=is_dry_run,
        skips_bad=skips_bad,
        new_sites=sent.new_sites,
    )


def _to_result(changes: RosterChanges, *, undone: bool = False) -> RedirectResponse:
    numbers = {"added": changes.added, "changed": changes.changed, "unchanged": changes.unchanged}
    return RedirectResponse(f"/import?{urlencode(numbers | ({'undone': 1} if undone else {}))}", status_code=303)
