"""The whole app, lent to one test after the other: to make one takes longer than what most of them ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from starlette.routing import Mount

from rollcall_collector.api.app import create_app, new_program_turnstile
from rollcall_collector.api.http.services import Services
from rollcall_dashboards.pages.cart_code.entrance import new_turnstile

_SPARE: list[FastAPI] = []


@contextmanager
def lent_app(services: Services) -> Iterator[FastAPI]:
    """An app on these services, to nobody else's use until the block ends."""
    app = _SPARE.pop() if _SPARE else create_app(services)
    for one in (app, *_mounted(app)):
        one.state.services = services
        one.state.code_turnstile = new_turnstile()
        if hasattr(one.state, "program_turnstile"):
            one.state.program_turnstile = new_program_turnstile()
    yield app
    _SPARE.append(app)


def _mounted(app: FastAPI) -> Iterator[FastAPI]:
    """The API and the pages."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            yield route.app
