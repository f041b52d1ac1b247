"""Stands before every request: refuses writes that another site makes a browser send, and adds the safe headers."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rollcall_collector.api import bridges
from rollcall_collector.api.http.problems import ApiProblem, answer

BODY_BYTES_MAX = 1 << 20
LIST_BYTES_MAX = 12 << 20
"""A school's list is the one large thing that people send."""
LARGER: Mapping[str, int] = {
    f"/api/v1{bridges.PATH}": bridges.BODY_BYTES_MAX,
    "/import": LIST_BYTES_MAX + (1 << 20),
    "/import/keep": LIST_BYTES_MAX + (1 << 20),
}
"""Addresses that take more; they look at who asks before they read it."""
CODE_PATH = "/c/"
"""Pages of the codes on carts: they send no referrer, and each of their forms bears a token."""
OPEN_PATH = "/api/v1/enroll"
"""Where a token says who asks and no cookie counts: a Chromebook's extension asks from an origin of its own."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # not `no-referrer`: with it a browser sends `Origin: null` with a page's own forms
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "private, no-cache",
}
_HTTPS_HEADERS = {
    "strict-transport-security": "max-age=31536000",
    "cross-origin-opener-policy": "same-origin",
}


def is_foreign_write(method: str, headers: Mapping[str, str], *, may_hide_origin: bool = False) -> bool:
    """Whether a browser was made to send this write by another site.

    A browser says so itself (`Sec-Fetch-Site`, else `Origin`); what sends neither is no browser and carries no
    stolen cookie. A page that sends no referrer hides its origin as well (`Origin: null`) and must know by other
    means that the form was its own: `may_hide_origin` says so.
    """
    if method in _SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin == "null":
        return not may_hide_origin
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


class Guard:
    """The outermost layer of the app; asynchronous because the server's interface is."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = HEADERS | _HTTPS_HEADERS if is_https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a foreign write with 403; let everything else through, with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_open = scope["path"] == OPEN_PATH

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if is_open:
                    headers["access-control-allow-origin"] = "*"
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = _refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refused is not None:
            await answer(refused)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _refusal(method: str, path: str, headers: Headers) -> ApiProblem | None:
    if path != OPEN_PATH and is_foreign_write(method, headers, may_hide_origin=path.startswith(CODE_PATH)):
        return ApiProblem(403, "foreign_site", "Another site sent this: open Rollcall itself and try again.")
    is_chunked = "transfer-encoding" in headers
    length = headers.get("content-length", "0")
    limit = LARGER.get(path, BODY_BYTES_MAX)
    if is_chunked or not length.isdecimal() or int(length) > limit:
        said = f"Send less than {limit >> 20} MiB, and say how much it is (Content-Length)."
        return ApiProblem(413, "content_too_large", said)
    return None
