"""Tries the school's provider as far as that goes without a person: what is wrong, and where it is mended."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.sign_in.discovery import (
    Endpoints,
    ProviderAwayError,
    ask_where,
    read_endpoints,
    read_keys,
)
from rollcall_collector.identity.sign_in.flow import challenge_of, question, token_request
from rollcall_collector.identity.sign_in.provider import Provider, WrongProviderError

_NO_CODE = "rollcall-tries-its-client-secret"
_WRONG_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
_LAPSED_SECRET = "AADSTS7000222"  # noqa: S105  # Microsoft's number for it


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One thing that was tried: whether it is right (None: it cannot be told), and where it is mended if not."""

    what: str
    is_right: bool | None
    said: str
    mend: str = ""


def check_provider(provider: Provider, redirect_uri: str) -> list[Tried]:
    """Try the provider, step by step; what cannot be tried after a failure is left out."""
    tried = [_address(redirect_uri)]
    mends = provider.kind.mends
    try:
        endpoints = read_endpoints(provider)
        count = len(read_keys(endpoints).keys)
    except CollectorError as error:
        is_pinned_wrong = isinstance(error, WrongProviderError) or "status 4" in str(error)
        mend = mends["pinned"] if is_pinned_wrong else "this server's way out: firewall, proxy, DNS"
        return [*tried, Tried(what="The provider answers", is_right=False, said=str(error), mend=mend)]
    tried.append(Tried(what="The provider answers", is_right=count > 0, said=f"{provider.issuer}, {count} keys"))
    try:
        tried += [_client(provider, endpoints, redirect_uri), *_redirect(provider, endpoints, redirect_uri)]
    except ProviderAwayError as error:
        tried.append(Tried(what="The provider knows this Rollcall", is_right=None, said=str(error)))
    return tried


def _address(redirect_uri: str) -> Tried:
    found = httpx.URL(redirect_uri)
    is_right = found.scheme == "https" or found.host in {"localhost", "127.0.0.1", "::1"}
    mend = "" if is_right else "Rollcall's settings file: web.public_url, an address that begins with https://"
    said = redirect_uri if is_right else f"{redirect_uri}: providers send people to https alone"
    return Tried(what="Where people come back to", is_right=is_right, said=said, mend=mend)


def _client(provider: Provider, endpoints: Endpoints, redirect_uri: str) -> Tried:
    """Trade a code that never was: who is known is told that the code is wrong, who is not that they are unknown."""
    what = "The provider knows this Rollcall, and its secret"
    status, answer = token_request(provider, endpoints, _NO_CODE, _NO_CODE * 2, redirect_uri)
    error, told = str(answer.get("error", "")), str(answer.get("error_description", ""))
    mends = provider.kind.mends
    if error == "redirect_uri_mismatch":
        return Tried(what=what, is_right=False, said="the address to return to is unknown", mend=mends["redirect"])
    if _LAPSED_SECRET in told:
        return Tried(what=what, is_right=False, said="the client secret is too old", mend=mends["secret"])
    if error in _WRONG_CLIENT or status == httpx.codes.UNAUTHORIZED:
        said = "client ID or client secret are not the provider's"
        return Tried(what=what, is_right=False, said=said, mend=f"{mends['client']}; {mends['secret']}")
    if error in {"invalid_grant", "invalid_request"}:
        return Tried(what=what, is_right=True, said=f"client {provider.client_id}")
    return Tried(what=what, is_right=None, said=f"it answers with status {status} {error}".strip())


def _redirect(provider: Provider, endpoints: Endpoints, redirect_uri: str) -> Iterator[Tried]:
    """Ask for a sign-in that shows no page: who is sent back, if only to hear that it takes a page, may come back."""
    asked = question(provider, redirect_uri=redirect_uri, state="s", nonce="n" * 43, challenge=challenge_of("v" * 43))
    status, where = ask_where(endpoints.authorization, asked | {"prompt": "none"})
    if where.startswith(f"{redirect_uri}?"):
        yield Tried(what="People may come back here", is_right=True, said=redirect_uri)
    elif httpx.codes.BAD_REQUEST <= status < httpx.codes.INTERNAL_SERVER_ERROR or "/error" in where:
        said = f"the provider does not send people back to {redirect_uri}"
        yield Tried(what="People may come back here", is_right=False, said=said, mend=provider.kind.mends["redirect"])
    else:
        said = f"only a sign-in tells; it must be registered letter by letter: {redirect_uri}"
        yield Tried(what="People may come back here", is_right=None, said=said, mend=provider.kind.mends["redirect"])
