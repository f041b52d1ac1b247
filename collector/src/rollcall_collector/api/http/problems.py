"""The one shape in which the API says what went wrong: `{"error": "unknown_device", "detail": "…the way out"}`."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from rollcall_collector.errors import (
    CollectorError,
    FlagError,
    PlanError,
    ReasonError,
    UnknownDeviceError,
    UnknownNameError,
)
from rollcall_collector.store.keeping import is_store_lost


class ApiProblem(CollectorError):  # noqa: N818  # it is an answer to a person, named as RFC 9457 names it
    """What an endpoint raises to answer with this status, code and sentence."""

    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.error = error
        self.detail = detail


class ProblemShape(BaseModel):
    """How an error looks: a code for programs and a sentence for people that says the way out."""

    error: str
    detail: str


def problem_of(error: Exception) -> ApiProblem:
    """The answer to whatever an endpoint raised. What nobody foresaw is a 500 that tells no internals."""
    match error:
        case ApiProblem():
            return error
        case RequestValidationError():
            return ApiProblem(422, "wrong_shape", _sentence(error))
        case HTTPException(status_code=status):
            phrase = HTTPStatus(status).phrase
            return ApiProblem(status, phrase.lower().replace(" ", "_"), _WAYS_OUT.get(status, f"{phrase}."))
        case CollectorError():
            status, code = next((said for kind, said in _KNOWN.items() if isinstance(error, kind)), (409, "refused"))
            return ApiProblem(status, code, str(error))
        case DBAPIError() if is_store_lost(error):
            return ApiProblem(503, "store_away", "Rollcall's store does not answer just now: try again in a minute.")
        case _:
            return ApiProblem(500, "failed", "Rollcall could not answer this; its log says why. Try again soon.")


def answer(problem: ApiProblem) -> JSONResponse:
    """The problem as JSON."""
    return JSONResponse({"error": problem.error, "detail": problem.detail}, status_code=problem.status)


def answer_problems(app: FastAPI) -> None:
    """Make every error of this app take the one shape."""
    for kind in (CollectorError, RequestValidationError, HTTPException, DBAPIError):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer)


def _answer(_request: Request, error: Exception) -> JSONResponse:
    return answer(problem_of(error))


def _sentence(error: RequestValidationError) -> str:
    wrong = (f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
    return f"The request cannot be read: {'; '.join(wrong)}."


_KNOWN: dict[type[CollectorError], tuple[int, str]] = {
    UnknownDeviceError: (404, "unknown_device"),
    UnknownNameError: (404, "unknown_name"),
    ReasonError: (422, "reason_missing"),  # before its kind
    FlagError: (409, "flag_moved"),
    PlanError: (422, "plan_impossible"),
}
_WAYS_OUT = {
    404: "There is nothing at this address: see /api/v1/openapi.json for what there is.",
    405: "This address does not take that method: see /api/v1/openapi.json for what it takes.",
}
