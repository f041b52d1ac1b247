"""Lets programs ask the API: a token that is shown once, with scopes and sites, until a day."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.model.person import Right
from rollcall_collector.model.scope import Scope
from rollcall_collector.store import programs as store
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.programs import Program, list_programs

__all__ = ["DAYS", "DAYS_MAX", "SCOPES", "Program", "add_program", "find_program", "list_programs", "revoke_program"]

SCOPES: tuple[Right, ...] = ("carts", "devices", "prices", "decide")
"""The rights that endpoints of the API take; what people alone do on pages is no scope."""
DAYS, DAYS_MAX = 365, 1100
_NAME_MAX = 60
_MARK = "rcp_"
"""By which a token that was published by mistake is recognised."""
# A program asks often; noting each as use would be a write for every question.
_TOUCH = timedelta(minutes=5)


class ProgramError(CollectorError):
    """What is asked of a program's token cannot be."""


def add_program(
    engine: Engine, title: str, scopes: Collection[Right], scope: Scope, *, days: int, author: str, now: datetime
) -> str:
    """The token of a new program for the sites in scope; only its hash is kept. Raises ProgramError."""
    if not 0 < len(title) <= _NAME_MAX or not title.isprintable() or title != title.strip():
        raise ProgramError(f"say a name of 1 to {_NAME_MAX} letters that can be printed")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ProgramError(f"say at least one scope: {', '.join(SCOPES)}")
    if not 1 <= days <= DAYS_MAX:
        raise ProgramError(f"a token works for 1 to {DAYS_MAX} days")
    secret, ends_at = _MARK + new_secret(), now + timedelta(days=days)
    made = Program(title=title, scopes=frozenset(scopes), scope=scope, made_by=author, ends_at=ends_at)
    if not store.add_program(engine, made, secret_hash=digest(secret), now_us=to_us(now), ends_us=to_us(ends_at)):
        raise ProgramError(f"a program '{title}' is there already, or was: say another name")
    return secret


def find_program(engine: Engine, secret: str, now: datetime) -> Program | None:
    """The program that shows this token; None where it is unknown, ended or was revoked: nobody is told which."""
    touch_us = _TOUCH // timedelta(microseconds=1)
    return store.find_program(engine, secret_hash=digest(secret), now_us=to_us(now), touch_us=touch_us)


def revoke_program(engine: Engine, scope: Scope, title: str, now: datetime) -> None:
    """Let a program's token work no more, from its next question on. Raises ProgramError."""
    if not store.revoke_program(engine, scope, title, now_us=to_us(now)):
        raise ProgramError(f"no program '{title}' has a token that works: 'rollcall programs list' names them")
