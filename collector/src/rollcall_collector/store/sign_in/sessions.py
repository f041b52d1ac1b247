"""Opens, lists and ends the sessions of browsers in which somebody is signed in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from rollcall_collector.store.instants import from_us
from rollcall_collector.store.tables import people, sign_ins

_SHOWN = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSession:
    """A session that is to be opened: its cookie's hash, by which way, in which browser, and until when."""

    session_hash: str
    way: str
    browser: str
    now_us: int
    expires_us: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSession:
    """A signed-in browser, named by the start of its cookie's hash, which tells nothing of the cookie."""

    name: str
    way: str
    browser: str
    began_at: datetime
    used_at: datetime


def open_session(connection: Connection, person: int, session: NewSession) -> None:
    """Keep a session; those that are over are swept out."""
    connection.execute(delete(sign_ins).where(sign_ins.c.expires_us <= session.now_us))
    connection.execute(
        insert(sign_ins).values(
            secret_hash=session.session_hash,
            kind="session",
            person=person,
            created_us=session.now_us,
            expires_us=session.expires_us,
            used_us=session.now_us,
            way=session.way,
            browser=session.browser,
        )
    )


def list_sessions(engine: Engine, person: str, *, now_us: int, idle_us: int) -> list[OpenSession]:
    """The sessions of this person that still hold, the last used first."""
    query = (
        select(sign_ins)
        .join(people, people.c.person == sign_ins.c.person)
        .where(
            people.c.name == person,
            sign_ins.c.kind == "session",
            sign_ins.c.expires_us > now_us,
            sign_ins.c.used_us > now_us - idle_us,
        )
        .order_by(sign_ins.c.used_us.desc())
    )
    with engine.connect() as connection:
        return [
            OpenSession(
                name=session_name(row.secret_hash),
                way=row.way,
                browser=row.browser,
                began_at=from_us(row.created_us),
                used_at=from_us(row.used_us),
            )
            for row in connection.execute(query)
        ]


def end_sessions(engine: Engine, person: str, *, name: str = "", keep_hash: str = "") -> int:
    """End the session of this name, else all; never the kept one. How many ended."""
    key = select(people.c.person).where(people.c.name == person).scalar_subquery()
    change = delete(sign_ins).where(
        sign_ins.c.person == key, sign_ins.c.kind == "session", sign_ins.c.secret_hash != keep_hash
    )
    if name:
        change = change.where(sign_ins.c.secret_hash.startswith(name, autoescape=True))
    with engine.begin() as connection:
        return connection.execute(change).rowcount


def session_name(session_hash: str) -> str:
    """How a session is called in lists."""
    return session_hash[:_SHOWN]
