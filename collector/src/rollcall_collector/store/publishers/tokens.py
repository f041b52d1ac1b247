"""Keeps enrollment tokens: only their hashes, how many uses are left, and until when."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import enroll_tokens, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One enrollment token as it is kept. `platform` is set where it enrolls bridges instead of devices."""

    token_hash: str
    site: int
    site_name: str
    platform: str | None
    uses_left: int
    created_us: int
    expires_us: int


def add_token(
    connection: Connection,
    *,
    token_hash: str,
    site: int,
    platform: str | None,
    uses: int,
    now_us: int,
    expires_us: int,
) -> None:
    """Keep a token."""
    connection.execute(
        insert(enroll_tokens).values(
            token_hash=token_hash,
            site=site,
            platform=platform,
            uses_left=uses,
            created_us=now_us,
            expires_us=expires_us,
        )
    )


def take_use(connection: Connection, *, token_hash: str, now_us: int) -> bool:
    """Count one use, if the token has one left and has not expired. Rolled back with whatever fails after it."""
    taken = connection.execute(
        update(enroll_tokens)
        .where(
            enroll_tokens.c.token_hash == token_hash,
            enroll_tokens.c.uses_left > 0,
            enroll_tokens.c.expires_us > now_us,
        )
        .values(uses_left=enroll_tokens.c.uses_left - 1)
    )
    return taken.rowcount == 1


def find_token(connection: Connection, token_hash: str) -> Token | None:
    """The token with this hash, whether or not it can still be used: who holds it need not be asked who they are."""
    return next(iter(_read(connection, Scope.all(), token_hash)), None)


def list_tokens(connection: Connection, scope: Scope) -> list[Token]:
    """Every token of a site in scope, the newest first."""
    return _read(connection, scope)


def remove_tokens(connection: Connection, scope: Scope, start: str) -> int:
    """Forget the tokens whose hash starts like this: nobody can enroll with them any more. Returns how many."""
    chosen = within(delete(enroll_tokens), scope, enroll_tokens.c.site)
    return connection.execute(chosen.where(enroll_tokens.c.token_hash.startswith(start))).rowcount


def _read(connection: Connection, scope: Scope, token_hash: str | None = None) -> list[Token]:
    query = (
        within(select(enroll_tokens, sites.c.name.label("site_name")), scope, enroll_tokens.c.site)
        .join(sites, sites.c.site == enroll_tokens.c.site)
        .order_by(enroll_tokens.c.created_us.desc())
    )
    if token_hash is not None:
        query = query.where(enroll_tokens.c.token_hash == token_hash)
    return [Token(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001  # its public name, underscored
