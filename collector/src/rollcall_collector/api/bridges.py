"""Where a bridge brings its devices: it shows its name and password, and gets an id for each device of its list."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from annotated_types import MaxLen
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from rollcall_collector.api.bridge_checks import checks_router
from rollcall_collector.api.http.problems import ApiProblem, ProblemShape
from rollcall_collector.api.http.services import Services, services_of
from rollcall_collector.api.raw_body import describe_body, read_body, wrong_fields
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.carts.roll_call import Call, due_calls
from rollcall_collector.identity.bridges import (
    BRING_MAX,
    Bridge,
    BridgeRefusedError,
    Brought,
    EntryFault,
    bring,
    check_bridge,
)
from rollcall_collector.store.instants import to_us

PATH = "/bridges/devices"
CALLS_PATH = "/bridges/roll-call"
BODY_BYTES_MAX = 8 << 20
WAITING_MAX = 4
"""So many lists wait for each other; who comes then comes back, so that pages never wait for bridges."""
_STATUS = {"bad_credentials": 401, "not_a_bridge": 403, "revoked_bridge": 403}


class BringRequest(BaseModel):
    """The devices a bridge knows of, at most 5,000 in one call; more calls for more."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    devices: Annotated[tuple[Brought, ...], MaxLen(BRING_MAX)]


class _AnyList(BaseModel):
    """The same list where some of its devices cannot be read."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    devices: Annotated[list[Any], MaxLen(BRING_MAX)]


class _Login(HTTPBasic):
    """Name and password as the request shows them; what cannot be read is as good as none."""

    async def __call__(self, request: HTTPConnection) -> HTTPBasicCredentials | None:  # type: ignore[override]  # as its own
        with suppress(HTTPException):
            return await super().__call__(request)
        return None


class GivenId(BaseModel):
    """The id under which the bridge reports on this device from now on."""

    device_id: str


class BringAnswer(BaseModel):
    """An id or an error for each device, in the order of the list."""

    devices: list[GivenId | ProblemShape]


class CallsAnswer(BaseModel):
    """Whom the bridge is to ask now, most urgent first; `site` is a word by which those of one school are alike."""

    devices: tuple[Call, ...]


_reader = TypeAdapter(BringRequest)
_one = TypeAdapter(Brought)
_login = _Login(
    scheme_name="HTTPBasic", auto_error=False, description="A bridge's name and password, as enrolling gave them."
)
_whole_list = read_body(BODY_BYTES_MAX, "A list of devices is at most 8 MiB: send it in parts.")


def bridges_router(*, turnstile: Turnstile | None = None) -> APIRouter:
    """Where bridges bring devices, ask whom to call, and say how they are.

    Mount it with `prefix="/api/v1"` in an app whose state has `services`.
    """
    router = APIRouter(tags=["enrollment"])
    bridge_of = _bridge_at(turnstile or Turnstile())
    queue = _Queue()

    @router.put(
        PATH,
        response_model=BringAnswer,
        responses={status: {"model": ProblemShape} for status in (401, 403, 413, 422, 429, 503)},
        openapi_extra=describe_body(_reader),
    )
    def put_devices(
        bridge: Annotated[Bridge, Depends(bridge_of)],
        body: Annotated[bytes, Depends(_whole_list)],
        services: Annotated[Services, Depends(services_of)],
    ) -> JSONResponse:
        """Give each device of the list its id: its own where it is known, a new one where it is not.

        The same list again changes nothing. A device is known by its serial number, in the school's list and by its
        own agent too, and by its hardware keys: what stays the same for its whole life, such as an iPad's UDID. One
        bad entry never costs its neighbours: it alone gets an error.
        """
        with queue.turn():
            answers = bring(services.engine, bridge, _read(body), services.clock())
        return JSONResponse({"devices": [_shown(one) for one in answers]}, headers={"cache-control": "no-store"})

    @router.get(CALLS_PATH, responses={status: {"model": ProblemShape} for status in (401, 403, 429)})
    def get_calls(
        bridge: Annotated[Bridge, Depends(bridge_of)], services: Annotated[Services, Depends(services_of)]
    ) -> CallsAnswer:
        """Say which of the bridge's devices somebody needs to know of now: asked for every few seconds."""
        with services.engine.begin() as connection:
            return CallsAnswer(devices=due_calls(connection, bridge.scope, bridge.publisher, services.clock()))

    router.include_router(checks_router(bridge_of))
    return router


def _bridge_at(entrance: Turnstile) -> Callable[..., Bridge]:
    def bridge_of(
        request: Request,
        services: Annotated[Services, Depends(services_of)],
        shown: Annotated[HTTPBasicCredentials | None, Depends(_login)],
    ) -> Bridge:
        if not entrance.admits(request.client.host if request.client else "", to_us(services.clock())):
            raise ApiProblem(429, "too_many", "Too many lists from this address: try again in a minute.")
        if shown is None:
            raise ApiProblem(401, "bad_credentials", "Show the bridge's name and password (HTTP Basic).")
        try:
            return check_bridge(services.engine, shown.username, shown.password)
        except BridgeRefusedError as error:
            raise ApiProblem(_STATUS[error.code], error.code, str(error)) from error

    return bridge_of


class _Queue:
    """Takes one list after the other, and few waiting: threads are there for pages too."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(WAITING_MAX)
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this list's turn. Raises a 503 where too many wait already."""
        if not self._places.acquire(blocking=False):
            raise ApiProblem(503, "busy", "Other bridges are bringing their devices: try again in a few seconds.")
        try:
            with self._turn:
                yield
        finally:
            self._places.release()


def _read(body: bytes) -> Sequence[Brought | EntryFault]:
    """The usual list is read in one go; only one that fails is taken apart, device by device."""
    try:
        return _reader.validate_json(body).devices
    except ValidationError:
        pass
    try:
        return [_read_one(one) for one in _AnyList.model_validate_json(body).devices]
    except ValidationError as error:
        raise ApiProblem(422, "wrong_shape", f"The list of devices cannot be read: {wrong_fields(error)}.") from error


def _read_one(told: Any) -> Brought | EntryFault:
    try:
        return _one.validate_json(json.dumps(told))
    except ValidationError as error:
        return EntryFault(error="wrong_shape", detail=f"This device cannot be read: {wrong_fields(error)}.")


def _shown(answer: str | EntryFault) -> dict[str, str]:
    if isinstance(answer, EntryFault):
        return {"error": answer.error, "detail": answer.detail}
    return {"device_id": answer}
