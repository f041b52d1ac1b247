"""Signs in as the service account: the one file that knows google-auth. It goes over this bridge's own connections."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import google.auth.transport
from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials

from rollcall_agent.bridges.google.refusal import GoogleRefusedError, explain_sign_in

Send = Callable[[str, str, bytes | None, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]
"""Sends a method, an address, a body and headers; returns status, headers and body. Raises OSError."""


class SignIn:
    """A token that is asked for when it is needed, and again when it is old or not taken."""

    def __init__(self, key: Mapping[str, Any], scopes: Sequence[str], send: Send) -> None:
        self._key, self._scopes, self._transport = key, scopes, _Transport(send)
        self._credentials: Credentials | None = None

    def token(self, *, is_fresh: bool = False) -> str:
        """The token. Raises GoogleRefusedError where Google gives none, OSError where it is not there."""
        try:
            if self._credentials is None:
                read: Any = Credentials.from_service_account_info  # google-auth leaves it untyped
                self._credentials = read(dict(self._key), scopes=list(self._scopes))
            if is_fresh or not self._credentials.valid:
                self._credentials.refresh(self._transport)
        except (GoogleAuthError, ValueError) as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            raise GoogleRefusedError(status=401, reason="sign_in", says=explain_sign_in(str(error))) from error
        return str(self._credentials.token)


class _Transport(google.auth.transport.Request):
    """How google-auth sends: without `requests` or `urllib3`, which would weigh more than all the rest."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: object = None,  # noqa: ARG002  # the connection has its own
        **_more: object,
    ) -> SimpleNamespace:
        status, told, read = self._send(method, url, body, headers or {})
        return SimpleNamespace(status=status, headers=told, data=read)
