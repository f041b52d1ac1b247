"""Joins the API and the pages into one app: the API under /api/v1, whatever pages are installed at /."""

from importlib.metadata import entry_points
from typing import Any

from fastapi import Depends, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware

from rollcall_collector.api import boots, carts, devices, failures, flags, health, models, plan, probes, sites
from rollcall_collector.api.bridges import bridges_router
from rollcall_collector.api.enroll import enroll_router
from rollcall_collector.api.http.guard import Guard
from rollcall_collector.api.http.problems import ProblemShape, answer_problems
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import signed_in
from rollcall_collector.api.speaking.router import router as speaking_router
from rollcall_collector.api.turnstile import Turnstile

API = "/api/v1"
WRONG_TOKENS_AT_ONCE = 100
PAGES = "rollcall.web"
"""The entry-point group in which a distribution names the factory of its pages: `create_app(services)`."""
_RESOURCES = (devices, boots, failures, carts, flags, models, plan, sites, health)


def create_app(services: Services) -> FastAPI:
    """The whole web of one collector, ready for a server."""
    app = _create("Rollcall", services)
    app.include_router(probes.router)
    app.mount(API, create_api(services))
    for found in entry_points(group=PAGES):
        app.mount("/", found.load()(services))
    app.add_middleware(
        GZipMiddleware, minimum_size=1000, compresslevel=4
    )  # the highest takes twice as long, for a tenth
    app.add_middleware(Guard, is_https=(services.public_url or "").startswith("https:"))
    return app


def create_api(services: Services) -> FastAPI:
    """The API alone: all needs a signed-in person but enrolling, bridges, the broker and the word that it is alive."""
    api = _create("Rollcall's API", services)
    api.state.program_turnstile = new_program_turnstile()
    api.include_router(enroll_router())
    api.include_router(bridges_router())
    api.include_router(health.live_router)
    api.include_router(speaking_router)
    problems: dict[int | str, Any] = {
        status: {"model": ProblemShape} for status in (401, 403, 404, 409, 413, 422, 429, 503)
    }
    for resource in _RESOURCES:  # not by way of a router between: at each level every address is compared again
        api.include_router(resource.router, responses=problems)
    api.add_api_route("/openapi.json", _read_openapi, include_in_schema=False, dependencies=[Depends(signed_in)])
    return api


def new_program_turnstile() -> Turnstile:
    """Who guesses tokens is slowed down."""
    return Turnstile(at_once=WRONG_TOKENS_AT_ONCE, a_second=1.0)


def _create(title: str, services: Services) -> FastAPI:
    app = FastAPI(
        title=title,
        version=services.version,
        openapi_url=None,  # ours asks who is there first
        docs_url=None,  # the stock page fetches its scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    answer_problems(app)
    return app


def _read_openapi(request: Request) -> dict[str, Any]:
    api = request.app
    assert isinstance(api, FastAPI)
    return api.openapi()
