"""Lets people look: a link that works once opens a session, a session ends by itself."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.model.person import HANDED_LINK_MINUTES, LINK_MINUTES, ROLES, Role
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_argument
from rollcall_collector.store import people as store
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.people import Link, Person
from rollcall_collector.store.sign_in.sessions import NewSession

__all__ = [
    "HANDED_LINK_MINUTES",
    "LINK_MINUTES",
    "NAME_MAX",
    "ROLES",
    "LastAdminError",
    "Link",
    "NameTakenError",
    "Person",
    "Role",
    "UnknownPersonError",
    "WrongNameError",
    "add_person",
    "bring_back",
    "change_person",
    "create_link",
    "describe_link",
    "dismiss_person",
    "ensure_person",
    "find_listed",
    "find_person",
    "list_people",
    "list_removed",
    "redeem_link",
    "remove_person",
    "sign_out",
]

NAME_MAX = 60
SESSION = timedelta(days=7)
"""So long is a session good that a link or a password opened."""
IDLE = timedelta(hours=12)
"""A session that lies unused for longer is over."""
_REMOVED_SHOWN = timedelta(days=30)
# A page makes several requests; noting each as use would be a write for every picture.
_TOUCH = timedelta(minutes=5)


class UnknownPersonError(CollectorError):
    """A name that nobody added."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"nobody here is called '{name}': add them with 'rollcall people add {say_argument(name)} --role viewer'"
        )
        self.name = name


class NameTakenError(CollectorError):
    """A name that somebody has already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"'{name}' may look already: change their role on the page Settings, or say another name")
        self.name = name


class LastAdminError(CollectorError):
    """Without this person nobody could change who may do what."""

    def __init__(self, name: str) -> None:
        super().__init__(f"'{name}' is the last administrator of all schools: make somebody else one first")
        self.name = name


class WrongNameError(CollectorError):
    """A name that cannot be said or written."""

    def __init__(self) -> None:
        super().__init__(f"say a name of 1 to {NAME_MAX} letters that can be printed")


def add_person(engine: Engine, name: str, role: Role, scope: Scope, now: datetime) -> None:
    """Let somebody look at the sites in scope. Raises NameTakenError, WrongNameError."""
    if not 0 < len(name) <= NAME_MAX or not name.isprintable() or name != name.strip():
        raise WrongNameError
    if not store.add_person(engine, name=name, role=role, scope=scope, now_us=to_us(now)):
        raise NameTakenError(name)


def ensure_person(engine: Engine, name: str, role: Role, now: datetime) -> None:
    """Let somebody look at all sites; where the name is there already nothing changes, not even the role."""
    store.add_person(engine, name=name, role=role, scope=Scope.all(), now_us=to_us(now))


def remove_person(engine: Engine, name: str, now: datetime) -> None:
    """Take the right to look away; every session of theirs ends at once. Raises UnknownPersonError."""
    if not store.remove_person(engine, name=name, now_us=to_us(now)):
        raise UnknownPersonError(name)


def dismiss_person(engine: Engine, scope: Scope, name: str, now: datetime) -> None:
    """The same on a page: of who is in this scope, and not the last administrator of all sites.

    Raises UnknownPersonError, LastAdminError.
    """
    find_listed(engine, scope, name)
    if not store.remove_person(engine, name=name, now_us=to_us(now), keeps_last_admin=True):
        raise LastAdminError(name)


def bring_back(engine: Engine, scope: Scope, name: str, now: datetime) -> None:
    """Take back the removal of somebody within this scope. Raises UnknownPersonError where nobody was removed so."""
    removed = {person.name for person in list_removed(engine, scope, now)}
    if name not in removed or not store.restore_person(engine, name=name):
        raise UnknownPersonError(name)


def list_removed(engine: Engine, scope: Scope, now: datetime) -> list[Person]:
    """Who within this scope was removed in the last thirty days, the last one first."""
    return store.list_removed(engine, scope, since_us=to_us(now - _REMOVED_SHOWN))


def change_person(engine: Engine, scope: Scope, name: str, role: Role, sites: Scope) -> Person:
    """Give somebody within this scope another role and these sites; returns how they were, for an undo.

    Raises UnknownPersonError, LastAdminError.
    """
    was = find_listed(engine, scope, name)
    if not store.change_person(engine, was, role=role, seen=sites):
        raise LastAdminError(name)
    return was


def find_listed(engine: Engine, scope: Scope, name: str) -> Person:
    """Who has this name and sees nothing outside this scope. Raises UnknownPersonError."""
    for person in list_people(engine, scope):
        if person.name == name:
            return person
    raise UnknownPersonError(name)


def list_people(engine: Engine, scope: Scope) -> list[Person]:
    """Everybody who may look at nothing outside this scope, by name."""
    return store.list_people(engine, scope)


def create_link(engine: Engine, name: str, now: datetime, *, minutes: int = LINK_MINUTES) -> str:
    """The secret of a link that signs this person in once, within so many minutes. Raises UnknownPersonError.

    Only its hash is kept: who loses the link makes another.
    """
    secret = new_secret()
    expires_us = to_us(now + timedelta(minutes=minutes))
    if not store.add_link(engine, secret_hash=digest(secret), name=name, now_us=to_us(now), expires_us=expires_us):
        raise UnknownPersonError(name)
    return secret


def redeem_link(engine: Engine, secret: str, now: datetime, *, browser: str = "") -> str | None:
    """The secret of a new session for the cookie; None where the link is unknown, expired or was used before."""
    session = new_secret()
    opened = NewSession(
        session_hash=digest(session),
        way="link",
        browser=browser,
        now_us=to_us(now),
        expires_us=to_us(now + SESSION),
    )
    is_traded = store.trade_link(engine, link_hash=digest(secret), session=opened)
    return session if is_traded else None


def describe_link(engine: Engine, secret: str) -> Link | None:
    """Whose link this is, until when it works, and when it was used; None where no such link is kept (any more)."""
    return store.find_link(engine, secret_hash=digest(secret))


def find_person(engine: Engine, session_secret: str, now: datetime, *, is_use: bool = True) -> Person | None:
    """Who is signed in behind a cookie; None after 7 days, after 12 idle hours, or once they were removed.

    A page that only asks whether it may stay open is no use (`is_use`): else it would stay signed in for ever.
    """
    session_hash = digest(session_secret)
    now_us = to_us(now)
    found = store.find_session(engine, session_hash=session_hash, now_us=now_us, idle_us=_us(IDLE))
    if found is None:
        return None
    if is_use and now_us - found.used_us >= _us(_TOUCH):
        store.touch_session(engine, session_hash=session_hash, now_us=now_us)
    return found.person


def sign_out(engine: Engine, session_secret: str) -> None:
    """End a session; it is no error if it ended before."""
    store.end_session(engine, session_hash=digest(session_secret))


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
