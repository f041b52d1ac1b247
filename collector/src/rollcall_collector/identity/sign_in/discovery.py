"""Reads where a provider answers and by which keys it signs: within limits, and not anew at every sign-in."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.sign_in.provider import Provider, WrongProviderError, check_address

_TIMEOUT = httpx.Timeout(5.0)
_ALL_SECONDS = 10.0
_BYTES_MAX = 512 * 1024
_KEYS_SECONDS = 3600.0
_ENDPOINTS_SECONDS = 30.0
"""Asked for anew so soon, a provider that is down is noticed before anybody is sent there."""
_ANEW_SECONDS = 5.0
"""An unknown key has the keys read anew, so often at most."""
_AWAY_SECONDS = 5.0
"""So long nobody asks a provider again that did not answer."""
_TURN_SECONDS = 0.5
_AT_ONCE = threading.BoundedSemaphore(8)
"""So many questions to the provider wait for their answer at once; the server has threads for the other pages left."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAwayError(CollectorError):
    """The provider does not answer, or not with what it should."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the provider does not answer as it should: {reason}")
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """Where a provider answers, by its own discovery document."""

    authorization: str
    token: str
    keys: str
    more_claims: str | None
    is_secret_posted: bool
    """Whether the client secret goes into the form; else into the header."""
    says_issuer: bool
    """Whether it says who it is when it sends people back (RFC 9207)."""


class Discovery:
    """What was read of providers lately. Used from any thread; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._away: tuple[str, str, float] | None = None
        self._endpoints: tuple[str, Endpoints, float] | None = None
        self._keys: tuple[str, KeySet, float] | None = None

    def endpoints(self, provider: Provider) -> Endpoints:
        """Where this provider answers. Raises ProviderAwayError, WrongProviderError.

        Of many who ask at once one waits for the provider: were it slow, all the server's threads would wait with it.
        """
        kept = self._endpoints
        is_known = kept is not None and kept[0] == provider.issuer
        if kept is not None and is_known and self._clock() - kept[2] < _ENDPOINTS_SECONDS:
            return kept[1]
        if not self._asking.acquire(timeout=_TURN_SECONDS):
            if kept is not None and is_known:
                return kept[1]
            raise ProviderAwayError("others wait for its answer")
        try:
            return self._read_endpoints(provider)
        finally:
            self._asking.release()

    def keys(self, endpoints: Endpoints, *, is_anew: bool = False) -> KeySet:
        """The provider's keys; anew where one was not among those kept. Raises ProviderAwayError."""
        with self._lock:  # of many who come with an unknown key at once, one asks
            kept = self._keys
            if kept is not None and kept[0] == endpoints.keys:
                age = self._clock() - kept[2]
                if age < (_ANEW_SECONDS if is_anew else _KEYS_SECONDS):
                    return kept[1]
            read = read_keys(endpoints)
            self._keys = (endpoints.keys, read, self._clock())
            return read

    def forget(self) -> None:
        """The provider was set up anew: read all of it again."""
        self._endpoints = self._keys = self._away = None

    def _read_endpoints(self, provider: Provider) -> Endpoints:
        away, kept = self._away, self._endpoints
        if away is not None and away[0] == provider.issuer and self._clock() - away[2] < _AWAY_SECONDS:
            raise ProviderAwayError(away[1])
        if kept is not None and kept[0] == provider.issuer and self._clock() - kept[2] < _ENDPOINTS_SECONDS:
            return kept[1]  # read by who was before us
        try:
            read = read_endpoints(provider)
        except ProviderAwayError as error:
            self._away = (provider.issuer, error.reason, self._clock())
            raise
        self._endpoints = (provider.issuer, read, self._clock())
        return read


def read_endpoints(provider: Provider) -> Endpoints:
    """Ask the provider where it answers. Raises ProviderAwayError, WrongProviderError."""
    found = read_json(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        said = str(found.get("issuer", ""))[:200]
        raise WrongProviderError(f"the provider calls itself '{said}', not '{provider.issuer}': it is another one")
    for name in _ENDPOINTS:
        check_address(str(found.get(name, "")))
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    more_claims = found.get("userinfo_endpoint")
    return Endpoints(
        authorization=str(found["authorization_endpoint"]),
        token=str(found["token_endpoint"]),
        keys=str(found["jwks_uri"]),
        more_claims=str(more_claims) if more_claims else None,
        is_secret_posted="client_secret_basic" not in methods,
        says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
    )


def read_keys(endpoints: Endpoints) -> KeySet:
    """Ask the provider for its keys. Raises ProviderAwayError."""
    found = read_json(endpoints.keys)
    try:
        return KeySet.import_key_set({"keys": [one for one in found["keys"] if one.get("use", "sig") == "sig"]})
    except (JoseError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise ProviderAwayError("its keys cannot be read") from error


def read_json(address: str, **asked: Any) -> dict[str, Any]:
    """The JSON object that this address answers with. Raises ProviderAwayError."""
    status, found = ask("GET", address, **asked)
    if status != httpx.codes.OK:
        raise ProviderAwayError(f"{_host(address)} answers with status {status}")
    return found


def ask(method: str, address: str, **asked: Any) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer; no redirect is followed, and nothing endless is read.

    Raises ProviderAwayError.
    """
    if not _AT_ONCE.acquire(timeout=_TURN_SECONDS):
        raise ProviderAwayError("too many wait for its answer")
    try:
        return _ask(method, address, **asked)
    finally:
        _AT_ONCE.release()


def _ask(method: str, address: str, **asked: Any) -> tuple[int, dict[str, Any]]:
    deadline = time.monotonic() + _ALL_SECONDS
    body = bytearray()
    try:
        with (
            httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
            client.stream(method, address, **asked) as answer,
        ):
            for part in answer.iter_bytes():
                body += part
                if len(body) > _BYTES_MAX or time.monotonic() > deadline:
                    raise ProviderAwayError(f"{_host(address)} answers too slowly or too much")
            status = answer.status_code
    except httpx.HTTPError as error:
        raise ProviderAwayError(f"{_host(address)} cannot be reached ({type(error).__name__})") from error
    try:
        found = json.loads(bytes(body))
    except ValueError as error:
        if status != httpx.codes.OK:
            return status, {}
        raise ProviderAwayError(f"{_host(address)} does not answer with JSON") from error
    return status, found if isinstance(found, dict) else {}


def ask_where(address: str, asked: Mapping[str, str]) -> tuple[int, str]:
    """The status of a page and where it leads to; its text is not read. Raises ProviderAwayError."""
    try:
        with (
            httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", with_query(address, asked)) as answer,
        ):
            return answer.status_code, answer.headers.get("location", "")
    except httpx.HTTPError as error:
        raise ProviderAwayError(f"{_host(address)} cannot be reached ({type(error).__name__})") from error


def with_query(address: str, asked: Mapping[str, str]) -> str:
    """The address with this question."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def _host(address: str) -> str:
    return httpx.URL(address).host
