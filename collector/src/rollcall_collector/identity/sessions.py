"""Lists the browsers in which somebody is signed in, and ends them."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import digest
from rollcall_collector.identity.people import IDLE
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.sign_in import sessions as store
from rollcall_collector.store.sign_in.sessions import OpenSession


def list_sessions(engine: Engine, name: str, now: datetime) -> list[OpenSession]:
    """The sessions of this person that still hold, the last used first."""
    return store.list_sessions(engine, name, now_us=to_us(now), idle_us=IDLE // timedelta(microseconds=1))


def own_name(secret: str) -> str:
    """How the session with this cookie is called in lists."""
    return store.session_name(digest(secret))


def end_session(engine: Engine, person: str, name: str) -> int:
    """End the session of this name; how many ended."""
    return store.end_sessions(engine, person, name=name) if name else 0


def end_other_sessions(engine: Engine, person: str, secret: str) -> int:
    """End all but the session with this cookie; without a cookie all. How many ended."""
    return store.end_sessions(engine, person, keep_hash=digest(secret) if secret else "")
