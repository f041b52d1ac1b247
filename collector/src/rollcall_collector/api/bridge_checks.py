"""Where a bridge says what its check of its own service found: what is wrong there, and where it is mended."""

from collections.abc import Callable
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen, Predicate
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rollcall_collector.api.http.problems import ApiProblem, ProblemShape
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.api.raw_body import describe_body, read_body, wrong_fields
from rollcall_collector.identity.bridges import Bridge
from rollcall_collector.store.publishers.bridge_checks import BridgeCheck, keep_checks

PATH = "/bridges/checks"
CHECKS_MAX = 64
BODY_BYTES_MAX = 1 << 18
ROUND_SECONDS_MAX = 366 * 86_400.0


class CheckRequest(BaseModel):
    """What a bridge's check of its own service found, whole: it takes the place of what was found before.

    `bridge` is its name on the command line, such as google; `round_seconds` is how long its last whole round took.
    """

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    bridge: Annotated[str, MinLen(1), MaxLen(64), Predicate(str.isprintable)]
    checks: Annotated[tuple[BridgeCheck, ...], MaxLen(CHECKS_MAX)]
    round_seconds: Annotated[float, Ge(0), Le(ROUND_SECONDS_MAX)] | None = None


class CheckAnswer(BaseModel):
    """How many findings are kept."""

    kept: int


_reader = TypeAdapter(CheckRequest)
_whole_body = read_body(BODY_BYTES_MAX, "What a check found is at most 256 KiB: say it in fewer words.")


def checks_router(bridge_of: Callable[..., Bridge]) -> APIRouter:
    """The endpoint `PUT /bridges/checks`; `bridge_of` finds who asks, or refuses."""
    router = APIRouter()

    @router.put(
        PATH,
        responses={status: {"model": ProblemShape} for status in (401, 403, 413, 422, 429)},
        openapi_extra=describe_body(_reader),
    )
    def put_checks(
        bridge: Annotated[Bridge, Depends(bridge_of)],
        body: Annotated[bytes, Depends(_whole_body)],
        services: Annotated[Services, Depends(services_of)],
    ) -> CheckAnswer:
        """Keep what the bridge's check of its own service found, for the page Add devices."""
        try:
            told = _reader.validate_json(body)
        except ValidationError as error:
            raise ApiProblem(422, "wrong_shape", f"The check cannot be read: {wrong_fields(error)}.") from error
        with services.engine.begin() as connection:
            keep_checks(
                connection,
                bridge.publisher,
                told.bridge,
                told.checks,
                services.clock(),
                round_seconds=told.round_seconds,
            )
        return CheckAnswer(kept=len(told.checks))

    return router
