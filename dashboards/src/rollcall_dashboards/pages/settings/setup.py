"""Leads through the first setup, a step a page: each has a default, may be left out, and is found in Settings."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from rollcall_collector.api.http.session import Given, MayAdmit, MaySetUp
from rollcall_collector.identity import people
from rollcall_collector.identity.people import Role
from rollcall_collector.store.entered_settings.kept_school import note_setup
from rollcall_dashboards.pages.settings.view import read_values, see_all
from rollcall_dashboards.shared.handed_link import hand_link
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)
Step = Literal["name", "zone", "hours", "calendar", "prices", "person", "done"]
STEPS: tuple[Step, ...] = get_args(Step)
TITLES: dict[Step, str] = {
    "name": "What is your school called?",
    "zone": "Which time is yours?",
    "hours": "When is there school?",
    "calendar": "Which days are free?",
    "prices": "What do things cost?",
    "person": "Who decides?",
    "done": "That is all",
}


@router.get("/setup")
def begin(person: MaySetUp) -> RedirectResponse:
    """The first step."""
    see_all(person)
    return RedirectResponse(f"/setup/{STEPS[0]}", status_code=303)


@router.get("/setup/{step}")
def show_step(request: Request, services: Given, person: MaySetUp, step: Step) -> HTMLResponse:
    """One step: what holds now stands in its form."""
    see_all(person)
    with services.engine.connect() as connection:
        values = read_values(connection, services, person)
    at = STEPS.index(step)
    values |= {
        "step": step,
        "title": TITLES[step],
        "titles": TITLES,
        "number": at + 1,
        "count": len(STEPS) - 1,
        "before": STEPS[at - 1] if at else "",
        "next": STEPS[at + 1] if at + 1 < len(STEPS) else "",
        "people": people.list_people(services.engine, person.scope),
    }
    return show(request, "settings/setup.html", values)


@router.post("/setup/person")
def add_person(
    request: Request,
    services: Given,
    person: MayAdmit,
    name: Annotated[str, Form(max_length=100)],
    role: Annotated[Role, Form()] = "technician",
) -> HTMLResponse:
    """The first person who decides, and their link; the setup is then gone through."""
    see_all(person)
    people.add_person(services.engine, name.strip(), role, person.scope, services.clock())
    with services.engine.begin() as connection:
        note_setup(connection, services.clock())
    page = show(request, "settings/link.html", {"handed": hand_link(request, services, name.strip())})
    page.headers["cache-control"] = "no-store"
    return page


@router.post("/setup/done")
def finish(services: Given, person: MaySetUp) -> RedirectResponse:
    """Whoever was here is not led here again; everything is found in Settings."""
    see_all(person)
    with services.engine.begin() as connection:
        note_setup(connection, services.clock())
    return RedirectResponse("/", status_code=303)
