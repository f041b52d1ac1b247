"""The addresses at which a broker asks who may speak, and the form in which each kind of broker wants its answer.

Only by TLS or from this computer, and only for who brings the broker's own token: as a bearer, or as the password of
a name in the address, which is all that RabbitMQ can be told. Nothing is remembered, and nothing may be.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Callable
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from rollcall_collector.api.http.problems import ApiProblem, ProblemShape, answer
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.raw_body import read_body
from rollcall_collector.api.speaking.questions import NAMES, Question, is_own_resource, read_question
from rollcall_collector.api.turnstile import Turnstile
from rollcall_collector.identity.speaking import Speaking
from rollcall_collector.store.instants import to_us

BODY_BYTES_MAX = 16_384
Form = Literal["rabbitmq", "emqx", "vernemq", "status"]
Asked = Literal["user", "topic", "say", "hear", "vhost", "resource", "superuser"]
_DENIED = ApiProblem(403, "denied", "Whoever this is may not do that.")
_FORMS: dict[str, Any] = {"text/plain": {}, "application/json": {}}
_BODY = {"type": "object", "additionalProperties": {}, "properties": {name: {"type": "string"} for name in NAMES}}
_ASKED = {kind: {"schema": _BODY} for kind in ("application/x-www-form-urlencoded", "application/json")}
_ANSWERS: dict[Form, Callable[[bool], Response]] = {
    "rabbitmq": lambda yes: PlainTextResponse("allow" if yes else "deny"),
    "emqx": lambda yes: JSONResponse({"result": "allow" if yes else "deny"}),
    "vernemq": lambda yes: JSONResponse({"result": "ok" if yes else {"error": "not_allowed"}}),
    "status": lambda yes: PlainTextResponse("allow") if yes else answer(_DENIED),
}
"""`status` is for whoever goes by the status alone: mosquitto-go-auth, NanoMQ."""
_small_body = read_body(BODY_BYTES_MAX, "A question is at most 16 KiB.")
log = structlog.get_logger(__name__)


router = APIRouter(tags=["broker"])


@router.post(
    "/broker/{form}/{asked}",
    responses={
        200: {"content": _FORMS, "description": "What the broker understands as yes or no."},
        **{status: {"model": ProblemShape} for status in (401, 403, 404, 413, 422, 429, 503)},
    },
    response_class=Response,
    openapi_extra={"requestBody": {"content": _ASKED}},
)
def ask_who_may_speak(
    request: Request, form: Form, asked: Asked, body: Annotated[bytes, Depends(_small_body)]
) -> Response:
    """Whether somebody may sign in, or say or hear something: for the broker, in the words of its kind."""
    services: Services = request.app.state.services  # as they are: of the school nothing is asked, and many ask
    speaking = _let_in(request, services)
    is_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    question = read_question(body, is_json=is_json, deed=asked if asked in {"say", "hear"} else "")
    is_allowed = question is not None and _judge(services, speaking, asked, question)
    if not is_allowed and asked == "user":
        log.info("speaker.denied", user=question.user if question else None)
    answered = _ANSWERS[form](is_allowed)
    answered.headers["cache-control"] = "no-store"
    return answered


def _judge(services: Services, speaking: Speaking, asked: Asked, question: Question) -> bool:
    engine = services.engine
    match asked:
        case "user":
            return speaking.admits(engine, question.user, question.password, question.client_id)
        case "topic" | "say" | "hear":
            wanted = [(deed, name) for deed in question.deeds for name in question.topics]
            return bool(wanted) and all(speaking.allows(engine, question.user, *one) for one in wanted)
        case "vhost":  # whoever got past the first question; what is in it is asked one by one
            return bool(question.user)
        case "resource":
            return is_own_resource(question, speaking.collector)
        case "superuser":
            return False


def _let_in(request: Request, services: Services) -> Speaking:
    speaking = services.speaking
    if speaking is None:
        said = "No broker asks here: set broker.ask_token_file, and give the broker the same."
        raise ApiProblem(404, "not_found", said)
    address = request.client.host if request.client else ""
    if request.url.scheme != "https" and not _is_this_computer(address):
        raise ApiProblem(403, "not_private", "Passwords are asked for by TLS, or from this computer: use https.")
    try:
        token = speaking.token_file.read_bytes().strip()
    except OSError as error:
        raise ApiProblem(503, "not_ready", "broker.ask_token_file cannot be read.") from error
    if token and hmac.compare_digest(_brought(request.headers.get("authorization", "")), token):
        return speaking
    turnstile: Turnstile = request.app.state.program_turnstile
    if not turnstile.admits(address, to_us(services.clock())):
        raise ApiProblem(429, "too_many", "Too many wrong tokens from this address: try again in a minute.")
    raise ApiProblem(401, "wrong_token", "Bring what stands in broker.ask_token_file, as a bearer or a password.")


def _brought(header: str) -> bytes:
    """The token in this header; empty where there is none."""
    scheme, _, given = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return given.strip().encode()
        case "basic":
            try:
                return base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                return b""
        case _:
            return b""


def _is_this_computer(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
