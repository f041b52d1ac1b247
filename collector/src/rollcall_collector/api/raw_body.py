"""Reads a request's body up to a limit, for endpoints that check who asks before they look at what is asked."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from rollcall_collector.api.http.problems import ApiProblem

_FEW = 3


def read_body(limit: int, too_large: str) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives the whole body, or a 413 with this sentence; asynchronous because reading it is."""

    async def read(request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise ApiProblem(413, "too_large", too_large)
        return bytes(body)

    return read


def describe_body(of: TypeAdapter[Any]) -> dict[str, Any]:
    """What the API's description says of such a body, for `openapi_extra`."""
    schema = of.json_schema()
    whole = _put_in_place(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def wrong_fields(error: ValidationError) -> str:
    """The first few fields that are wrong, and how; never what stood in them."""
    told = error.errors(include_url=False, include_context=False, include_input=False)[:_FEW]
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}" for one in told)


def _put_in_place(part: Any, definitions: dict[str, Any]) -> Any:
    """The schema without references: a description of the whole API has no place for those of one body."""
    match part:
        case {"$ref": str(name)}:
            return _put_in_place(definitions[name.rsplit("/", 1)[-1]], definitions)
        case dict():
            return {key: _put_in_place(value, definitions) for key, value in part.items()}
        case list():
            return [_put_in_place(one, definitions) for one in part]
        case _:
            return part
