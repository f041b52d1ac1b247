"""Where a device asks to join the fleet: it shows a token and says what it is, and gets its name and password."""

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rollcall_collector.api.http.problems import ApiProblem, ProblemShape
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.api.raw_body import describe_body, read_body, wrong_fields
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.enrollment import Enrolled, EnrollmentRefusedError, EnrollRefusal, enroll
from rollcall_collector.store.instants import to_us
from rollcall_wire import Inventory
from rollcall_wire.encoding import plain

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 16_384
_STATUS: dict[EnrollRefusal, Literal[401, 403]] = {"retired_device": 403, "revoked_device": 403}


class EnrollRequest(BaseModel):
    """What a device shows: a token, a hash of its hardware, and its inventory."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    token: Annotated[str, Field(min_length=8, max_length=200)]
    hardware_id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    inventory: Inventory


_reader = TypeAdapter(EnrollRequest)
_small_body = read_body(BODY_BYTES_MAX, "An enrollment is at most 16 KiB.")


def enroll_router(*, turnstile: Turnstile | None = None) -> APIRouter:
    """The endpoint `POST /enroll`; mount it with `prefix="/api/v1"` in an app whose state has `services`."""
    router = APIRouter(tags=["enrollment"])
    entrance = turnstile or Turnstile()

    @router.post(
        "/enroll",
        responses={status: {"model": ProblemShape} for status in (401, 403, 413, 422, 429, 503)},
        openapi_extra=describe_body(_reader),
    )
    def post_enrollment(
        request: Request,
        response: Response,
        body: Annotated[bytes, Depends(_small_body)],
        services: Annotated[Services, Depends(services_of)],
    ) -> dict[str, Any]:
        """Enroll the device that asks. The same device asking again gets its own name and a new password."""
        now = services.clock()
        if not entrance.admits(request.client.host if request.client else "", to_us(now)):
            raise ApiProblem(429, "too_many", "Too many enrollments from this address: try again in a minute.")
        wanted = _read(body)
        try:
            enrolled = enroll(
                services.engine,
                token=wanted.token,
                hardware_id=wanted.hardware_id,
                inventory=wanted.inventory,
                now=now,
            )
        except EnrollmentRefusedError as error:
            raise ApiProblem(_STATUS.get(error.code, 401), error.code, str(error)) from error
        _tell_broker(services)
        response.headers["cache-control"] = "no-store"
        return _answer(enrolled, services)

    return router


def _tell_broker(services: Services) -> None:
    try:
        services.refresh_broker()
    except CollectorError as error:
        # The device is enrolled whatever its broker says, which is asked again every few seconds.
        log.warning("broker.not_refreshed", error=str(error))


def _read(body: bytes) -> EnrollRequest:
    try:
        return _reader.validate_json(body)
    except ValidationError as error:
        raise ApiProblem(422, "wrong_shape", f"The enrollment cannot be read: {wrong_fields(error)}.") from error


def _answer(enrolled: Enrolled, services: Services) -> dict[str, Any]:
    broker = services.broker
    return {
        "device_id": enrolled.device_id,
        "publisher": enrolled.publisher,
        "password": enrolled.password,
        "broker": {
            "host": broker.host,
            "port": broker.port,
            "ca_pem": broker.ca_pem,
            "websocket_url": broker.websocket_url,
        },
        "settings": plain(enrolled.settings),
        "site": enrolled.site,
        "token_site": enrolled.token_site,
    }
