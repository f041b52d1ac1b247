"""How is Rollcall set up here? The school, its day, its holidays, its prices."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given, MaySeeDevices, MaySetUp
from rollcall_collector.model.school import School, say_clock
from rollcall_collector.model.scope import Asker
from rollcall_collector.model.site import Site
from rollcall_collector.store.entered_settings.kept_school import (
    keep_holidays,
    keep_school,
    last_school_change,
    undo_school,
)
from rollcall_collector.store.sites import list_sites, make_site
from rollcall_dashboards.pages.settings.calendar import WEEKDAYS, read_ranges, span, zones_by_continent
from rollcall_dashboards.shared.local_address import local_address
from rollcall_dashboards.shared.prices_form import read_prices
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.wording import today_in

router = APIRouter(include_in_schema=False)
Part = Literal["name", "zone", "hours", "days"]
Text = Annotated[str, Form(max_length=200)]
Back = Annotated[str, Form(max_length=2000)]
_HERE = "/settings"


@router.get("/settings")
def show_settings(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """What holds, who said it, and for administrators the forms."""
    with services.engine.connect() as connection:
        values = read_values(connection, services, person)
    values |= {
        "may_set": person.may("set_up") and person.scope.is_all,
        "may_price": person.may("price") and person.scope.is_all,
        "may_see_prices": person.may("prices"),
    }
    return show(request, "settings/settings.html", values)


@router.post("/settings/school")
def change_school(  # noqa: PLR0917  # a form's fields are named by nature
    services: Given,
    person: MaySetUp,
    part: Annotated[Part, Form()],
    name: Text = "",
    zone: Text = "",
    opens: Text = "",
    closes: Text = "",
    day: Annotated[list[str], Form()] = [],  # noqa: B006  # read, never changed
    back: Back = "",
) -> RedirectResponse:
    """Keep one part of what holds for the school; what the settings file says is not changed here."""
    see_all(person)
    entered = {
        "name": {"name": name.strip()},
        "zone": {"zone": zone},
        "hours": {"opens": opens, "closes": closes},
        "days": {"days": "".join(sorted(set(day)))},
    }[part]
    with services.engine.begin() as connection:
        keep_school(
            connection,
            entered,
            file=services.school_file,
            usual_zone=services.usual_zone,
            author=person.name,
            now=services.clock(),
        )
    return RedirectResponse(local_address(back) or _HERE, status_code=303)


@router.post("/settings/school/undo")
def undo_change(services: Given, person: MaySetUp, at: Text, back: Back = "") -> RedirectResponse:
    """Put the school, its sites and its holidays back as they were before the last change."""
    see_all(person)
    with services.engine.begin() as connection:
        undo_school(
            connection,
            at,
            file=services.school_file,
            usual_zone=services.usual_zone,
            author=person.name,
            now=services.clock(),
        )
    return RedirectResponse(local_address(back) or _HERE, status_code=303)


@router.post("/settings/holidays")
def change_holidays(  # noqa: PLR0917  # as above
    services: Given,
    person: MaySetUp,
    first: Annotated[date, Form()],
    last: Annotated[date | None, Form()] = None,
    called: Text = "",
    action: Annotated[Literal["add", "remove"], Form()] = "add",
    back: Back = "",
) -> RedirectResponse:
    """Make days holidays of every school, or school days again."""
    see_all(person)
    days = span(first, last)
    with services.engine.begin() as connection:
        if not list_sites(connection, person.scope):
            make_site(connection, services.school.first_site, services.new_site)
        called_so = None if action == "remove" else called.strip()
        keep_holidays(connection, days, called_so, author=person.name, now=services.clock())
    return RedirectResponse(local_address(back) or f"{_HERE}#holidays", status_code=303)


def see_all(person: Asker) -> None:
    """Raises a 403 for who does not see all schools."""
    if not person.scope.is_all:
        raise ApiProblem(403, "not_allowed", "This holds for every school: it takes who may see them all.")


def read_values(connection: Connection, services: Services, person: Asker) -> dict[str, Any]:
    """What the forms of the school stand on, on Settings and on the way through the first setup."""
    school = services.school
    sites = list_sites(connection, person.scope)
    return {
        "school": school,
        "opens": say_clock(school.opens_minute),
        "closes": say_clock(school.closes_minute),
        "weekdays": WEEKDAYS,
        "usual_zone": services.usual_zone,
        "continents": zones_by_continent(),
        "ranges": read_ranges(connection, person.scope, sites, today_in(services.zone, services.clock())),
        "sites": sites,
        "others": [_say_site(site) for site in sites if not _is_as_school(site, school)],
        "prices": read_prices(connection, services.plan_settings),
        "change": last_school_change(connection) if person.scope.is_all else None,
    }


def _is_as_school(site: Site, school: School) -> bool:
    own = (site.zone, site.opens_minute, site.closes_minute, "".join(map(str, site.days)))
    return own == (school.zone, school.opens_minute, school.closes_minute, school.days)


def _say_site(site: Site) -> tuple[str, str]:
    hours = f"{say_clock(site.opens_minute)}-{say_clock(site.closes_minute)}"
    return site.name, f"{site.zone}, {hours}, {', '.join(name for day, name in WEEKDAYS if int(day) in site.days)}"
