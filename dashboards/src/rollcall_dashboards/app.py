"""Joins the pages into one app; the collector finds it by its entry point and mounts it at /."""

from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rollcall_collector.api.http.problems import problem_of
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.api.http.session import signed_in
from rollcall_collector.errors import CollectorError
from rollcall_dashboards.pages.cart_code.entrance import new_turnstile
from rollcall_dashboards.pages.registry import PAGES
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.way_back import lead_to_door

STATIC = Path(__file__).parent / "static"
_WEEK = 7 * 24 * 3600


class VersionedFiles(StaticFiles):
    """Files whose addresses carry the version, so that a browser may keep them for a week."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with the word that it may be kept."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = f"public, max-age={_WEEK}"
        return response


def create_app(services: Services) -> FastAPI:
    """The pages of one collector. Everything but the open pages and the static files asks who is there."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.services = services
    app.state.menu = tuple(page for page in PAGES if page.is_in_menu)
    app.state.code_turnstile = new_turnstile()
    app.mount("/static", VersionedFiles(directory=STATIC))
    for page in sorted(PAGES, key=lambda one: not one.is_open):  # every open page of a browser asks one of the first
        for router in page.routers:  # not by way of a router between: at each level every address is compared again
            app.include_router(router, dependencies=[] if page.is_open else [Depends(signed_in)])
    for kind in (CollectorError, RequestValidationError, HTTPException, DBAPIError, Exception):
        app.add_exception_handler(kind, _show_trouble)
    return app


def _show_trouble(request: Request, error: Exception) -> Response:
    """What went wrong, as a page that says the way out; who is not signed in is led to the door."""
    problem = problem_of(error)
    if problem.error == "not_signed_in":
        return lead_to_door(request, services_of(request))
    titles = {
        403: translate("You may look, but not do this"),
        404: translate("There is nothing here"),
        409: translate("Somebody was faster" if problem.error == "flag_moved" else "This did not work"),
        500: translate("Rollcall could not answer this"),
        503: translate("Rollcall's store is away just now"),
    }
    detail = translate("This page does not exist, or not any more.") if _is_lost(error) else problem.detail
    if isinstance(error, RequestValidationError):  # its own words are for programs
        detail = translate("This address or form cannot be read: go back and try it from the page itself.")
    values = {
        "title": titles.get(problem.status, translate("This did not work")),
        "detail": detail,
        "ways": (
            ("/", translate("Today")),
            ("/devices", translate("All devices")),
            ("/carts", translate("All carts")),
        ),
    }
    return show(request, "trouble.html", values, status=problem.status)


def _is_lost(error: Exception) -> bool:
    return isinstance(error, HTTPException) and error.status_code == 404  # noqa: PLR2004  # not found
