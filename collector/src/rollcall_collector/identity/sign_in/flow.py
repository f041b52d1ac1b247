"""Sends a browser to the provider and reads what it comes back with; nothing is kept here in between.

What must be remembered (state, nonce, PKCE's verifier) travels in a signed cookie of that browser alone. So ten
thousand who begin and never come back cost no memory, and a state is noted as used with the session that it opens.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import Engine

from rollcall_collector.identity.credentials import new_secret
from rollcall_collector.identity.sign_in.discovery import (
    Discovery,
    Endpoints,
    ProviderAwayError,
    ask,
    read_json,
    with_query,
)
from rollcall_collector.identity.sign_in.id_token import read_id_token
from rollcall_collector.identity.sign_in.kind import Account, Claims, account_of
from rollcall_collector.identity.sign_in.provider import Provider
from rollcall_collector.identity.sign_in.refusal import SignInRefusedError
from rollcall_collector.store.kept_settings import get_or_create

FLOW_SECONDS = 600
"""So long may somebody take at the provider."""
_KEY = "sign_in.flow_key"
_WORDS = ("state", "nonce", "verifier", "to", "connects", "issuer")


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """Where the browser goes, and what it is to keep until it comes back."""

    address: str
    cookie: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """Whose account it is, where they wanted to go, and the state that may open one session."""

    account: Account
    to: str
    state: str
    connects: str


def begin(
    engine: Engine,
    discovery: Discovery,
    provider: Provider,
    *,
    redirect_uri: str,
    to: str,
    now: datetime,
    is_account_asked: bool = False,
    connects: str = "",
) -> Begun:
    """Send a browser to the provider, which may be told to ask for the account.

    `connects` names who is signed in and wants to sign in by that account from now on.

    Raises ProviderAwayError, WrongProviderError.
    """
    endpoints = discovery.endpoints(provider)
    kept = {"state": new_secret(), "nonce": new_secret(), "verifier": new_secret(), "to": to, "connects": connects}
    challenge = challenge_of(kept["verifier"])
    asked = question(
        provider, redirect_uri=redirect_uri, state=kept["state"], nonce=kept["nonce"], challenge=challenge
    )
    if is_account_asked:
        asked["prompt"] = "select_account"
    until = int((now + timedelta(seconds=FLOW_SECONDS)).timestamp())
    cookie = jwt.encode({"alg": "HS256"}, {**kept, "issuer": provider.issuer, "exp": until}, _key(engine))
    return Begun(address=with_query(endpoints.authorization, asked), cookie=cookie)


def finish(
    engine: Engine,
    discovery: Discovery,
    provider: Provider,
    *,
    cookie: str,
    said: Mapping[str, str],
    redirect_uri: str,
    now: datetime,
) -> Returned:
    """Read what the browser came back with: `said` is the question of the address.

    Raises SignInRefusedError, ProviderAwayError, WrongProviderError.
    """
    kept = _read_cookie(engine, cookie, now)
    if kept["issuer"] != provider.issuer or not hmac.compare_digest(kept["state"], said.get("state", "")):
        raise SignInRefusedError("state", "the state is not the one that this browser began with")
    endpoints = discovery.endpoints(provider)
    if said.get("iss", provider.issuer) != provider.issuer or (endpoints.says_issuer and "iss" not in said):
        raise SignInRefusedError("state", "another issuer answered")
    if "code" not in said:
        raise SignInRefusedError("provider", f"the provider said {said.get('error', 'nothing')[:60]}")
    tokens = _trade_code(provider, endpoints, said["code"], kept["verifier"], redirect_uri)
    claims = read_id_token(discovery, provider, endpoints, tokens["id_token"], nonce=kept["nonce"], now=now)
    claims = _with_more_claims(provider, endpoints, claims, tokens)
    if not provider.kind.is_ours(claims, provider.pinned):
        raise SignInRefusedError("school")
    return Returned(
        account=account_of(provider.kind, provider.issuer, claims),
        to=kept["to"],
        state=kept["state"],
        connects=kept["connects"],
    )


def question(provider: Provider, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> dict[str, str]:
    """What the provider is asked when somebody is sent there."""
    return {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.kind.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **provider.kind.hint(provider.pinned),
    }


def challenge_of(verifier: str) -> str:
    """What is shown of the verifier before it is used (RFC 7636, S256)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def token_request(
    provider: Provider, endpoints: Endpoints, code: str, verifier: str, redirect_uri: str
) -> tuple[int, dict[str, Any]]:
    """Ask the provider's token endpoint to trade a code; its status and answer. Raises ProviderAwayError."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    if endpoints.is_secret_posted:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        return ask("POST", endpoints.token, data=form)
    # RFC 6749, 2.3.1: both are encoded like a form before they are joined
    basic = httpx.BasicAuth(quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
    return ask("POST", endpoints.token, data=form, auth=basic)


def _trade_code(
    provider: Provider, endpoints: Endpoints, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    status, answer = token_request(provider, endpoints, code, verifier, redirect_uri)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise ProviderAwayError(f"it answers with status {status}")
    if status != httpx.codes.OK or not isinstance(answer.get("id_token"), str):
        raise SignInRefusedError("provider", f"the code was not taken: {str(answer.get('error', status))[:60]}")
    return answer


def _with_more_claims(provider: Provider, endpoints: Endpoints, claims: Claims, tokens: Mapping[str, Any]) -> Claims:
    if not provider.kind.has_more_claims or endpoints.more_claims is None or not tokens.get("access_token"):
        return claims
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    more = read_json(endpoints.more_claims, headers=headers)
    if more.get("sub") != claims["sub"]:
        raise SignInRefusedError("token", "the claims asked for are of another account")
    return {**more, **claims}


def _read_cookie(engine: Engine, cookie: str, now: datetime) -> dict[str, str]:
    try:
        claims = jwt.decode(cookie, _key(engine), algorithms=["HS256"]).claims
        jwt.JWTClaimsRegistry(int(now.timestamp()), exp={"essential": True}).validate(claims)
        return {name: str(claims[name]) for name in _WORDS}
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise SignInRefusedError("state", "the browser has not begun here, or too long ago") from error


def _key(engine: Engine) -> OctKey:
    return OctKey.import_key(get_or_create(engine, _KEY, new_secret))
