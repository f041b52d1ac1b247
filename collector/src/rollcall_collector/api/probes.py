"""Answers programs that watch: is it alive, can it take reports, and its numbers for Prometheus."""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given
from rollcall_collector.api.metrics import write_metrics
from rollcall_collector.store.health import is_answering

router = APIRouter(include_in_schema=False)
_FORM = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
def is_alive() -> PlainTextResponse:
    """That this process answers, whatever its store does: to restart it would help only where this fails."""
    return PlainTextResponse("alive\n")


@router.get("/readyz")
def is_ready(services: Given) -> PlainTextResponse:
    """Whether the store answers and takes what is written: 503 where it does not, with the way out."""
    trouble = services.store_trouble()
    if trouble:
        raise ApiProblem(503, "not_ready", trouble)
    with services.engine.connect() as connection:
        is_answering(connection)
    return PlainTextResponse("ready\n")


@router.get("/metrics")
def read_metrics(request: Request, services: Given) -> PlainTextResponse:
    """The collector's own numbers, for whoever brings the token of `web.metrics_token_file`."""
    _check(request.headers.get("authorization", ""), services)
    return PlainTextResponse(write_metrics(services), media_type=_FORM)


def _check(given: str, services: Services) -> None:
    file = services.metrics_token_file
    if file is None:
        raise ApiProblem(
            404, "not_found", "No metrics here: set web.metrics_token_file, and give Prometheus the same."
        )
    try:
        token = file.read_text().strip()
    except OSError as error:
        raise ApiProblem(503, "not_ready", "web.metrics_token_file cannot be read.") from error
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise ApiProblem(401, "unauthorized", "Bring the token of web.metrics_token_file as a bearer.")
