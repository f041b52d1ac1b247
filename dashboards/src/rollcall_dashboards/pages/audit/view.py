"""Who decided and changed what? Everything that somebody did, newest first, with filters, and as a table."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, MayAdmit
from rollcall_collector.sheets.csv_cells import as_file, write_lines
from rollcall_collector.store.audit.reading import HEADINGS, AuditQuery, Entry, every_entry, list_authors, list_entries
from rollcall_collector.store.audit.watched import Deed
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import say_instant

router = APIRouter(include_in_schema=False)
SHOWN = 100
_WORDS = ("by", "deed", "about", "since", "until")
DEEDS: dict[Deed, str] = {
    "decided": "decided",
    "changed": "changed",
    "enrolled": "enrolled",
    "revoked": "revoked",
    "exported": "exported",
    "signed_in": "signed in",
}
_DEEDS: tuple[Deed, ...] = get_args(Deed)


def read_query(by: str = "", deed: str = "", about: str = "", since: str = "", until: str = "") -> AuditQuery:
    """The filters of the address; what is no deed or no day is left out. Days are whole, in UTC."""
    first, last = _day(since), _day(until)
    return AuditQuery(
        author=by[:200],
        deed=next((one for one in _DEEDS if one == deed), ""),
        subject=about[:200],
        since=None if first is None else _midnight(first),
        until=None if last is None else _midnight(last) + timedelta(days=1),
    )


Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Asked = Annotated[AuditQuery, Depends(read_query)]


@router.get("/audit")
def show_audit(
    request: Request, services: Given, person: MayAdmit, asked: Asked, before: Before = None
) -> HTMLResponse:
    """The newest entries that match, a page at a time."""
    with services.engine.connect() as connection:
        found = list_entries(connection, person.scope, asked, at_most=SHOWN + 1, before=before)
        authors = list_authors(connection, person.scope)
    words = {name: value for name in _WORDS if (value := request.query_params.get(name))}
    older = found[SHOWN - 1].entry if len(found) > SHOWN else None
    values = {
        "entries": [
            (one, say_instant(one.at, services.zone, now=services.clock()), say_changes(one)) for one in found[:SHOWN]
        ],
        "authors": authors,
        "deeds": DEEDS,
        "asked": {name: request.query_params.get(name, "") for name in _WORDS},
        "csv": f"/audit.csv?{urlencode(words)}",
        "older": None if older is None else f"/audit?{urlencode({**words, 'before': older})}",
    }
    return show(request, "audit/audit.html", values)


@router.get("/audit.csv")
def export_audit(services: Given, person: MayAdmit, asked: Asked) -> Response:
    """Every entry that matches, newest first."""
    with services.engine.connect() as connection:
        rows = [one.cells for one in every_entry(connection, person.scope, asked)]
    return Response(
        as_file(write_lines([HEADINGS, *rows])),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="audit.csv"'},
    )


def say_changes(entry: Entry) -> tuple[str, ...]:
    """What was before and after, a line each: `role: viewer → technician`."""
    return tuple(_changes(entry.before or {}, entry.after or {}))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in {**before, **after}:
        was, became = _say(before.get(name)), _say(after.get(name))
        word = name.replace("_", " ")
        if was and became:
            yield f"{word}: {was} → {became}"
        elif became:
            yield f"{word}: {became}"
        elif was:
            yield translate("%(word)s: no more %(was)s", word=word, was=was)


def _say(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    return str(value) if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
