"""Makes enrollment tokens: a word shown once, which lets so many devices of one site enroll until a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.model.token import TOKEN_DAYS
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.publishers import tokens as store
from rollcall_collector.store.sites import find_site, make_site
from rollcall_wire.codes import Platform

_SHOWN = 8

TokenFault = Literal["bad_token", "expired_token", "used_up_token"]


class UnknownTokenError(CollectorError):
    """An id that names no token."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"no token '{token_id}': 'rollcall enroll-token list' shows the ids of those there are")
        self.token_id = token_id


def create_token(
    engine: Engine,
    scope: Scope,
    *,
    site: str,
    now: datetime,
    uses: int = 1,
    days: int = TOKEN_DAYS,
    platform: Platform | None = None,
    zone: str | None = None,
    like: NewSite | None = None,
) -> str:
    """A new token; only its hash is kept. With `platform` it enrolls a bridge that may speak for that platform alone.

    With `zone` a site that is not there yet is made in that zone, for who sees all sites, with hours and holidays
    `like` other new ones; else raises UnknownNameError naming those in scope.
    """
    token = new_secret()
    with engine.begin() as connection:
        if zone is not None and scope.is_all:
            make_site(connection, site, NewSite(zone=zone) if like is None else replace(like, zone=zone))
        key = find_site(connection, scope, site).site
        store.add_token(
            connection,
            token_hash=digest(token),
            site=key,
            platform=platform,
            uses=uses,
            now_us=to_us(now),
            expires_us=to_us(now + timedelta(days=days)),
        )
    return token


def is_token(engine: Engine, token: str) -> bool:
    """Whether this token was made and not taken back; its time may be over and its uses too."""
    with engine.connect() as connection:
        return store.find_token(connection, digest(token)) is not None


def take_token(
    connection: Connection, token: str, now: datetime, *, is_counted: bool = True
) -> store.Token | TokenFault:
    """Count one use of the token, or say why it cannot be used. Not counted, it needs none left, but its time."""
    token_hash, now_us = digest(token), to_us(now)
    is_taken = is_counted and store.take_use(connection, token_hash=token_hash, now_us=now_us)
    found = store.find_token(connection, token_hash)
    if found is None:
        return "bad_token"
    if not is_taken and found.expires_us <= now_us:
        return "expired_token"
    return "used_up_token" if is_counted and not is_taken else found


def list_tokens(engine: Engine, scope: Scope) -> list[store.Token]:
    """Every token, the newest first."""
    with engine.connect() as connection:
        return store.list_tokens(connection, scope)


def token_id(token: store.Token) -> str:
    """The start of its hash, by which people name it: it tells nothing of the token."""
    return token.token_hash[:_SHOWN]


def revoke_token(engine: Engine, scope: Scope, shown: str) -> None:
    """Let nobody enroll with this token any more; who has enrolled stays. Raises UnknownTokenError."""
    with engine.begin() as connection:
        if len(shown) < _SHOWN or store.remove_tokens(connection, scope, shown) == 0:
            raise UnknownTokenError(shown)
