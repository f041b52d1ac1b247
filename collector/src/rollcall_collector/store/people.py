"""Keeps who may look at the pages, and the hashes of their sign-in links and sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from rollcall_collector.model.person import Right, Role, rights_of
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.kept_settings import put_setting
from rollcall_collector.store.sign_in.sessions import NewSession, open_session
from rollcall_collector.store.tables import accounts, passwords, people, person_rules, person_sites, sign_ins


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who may look at the pages. The name is what they are called in the school, not an account elsewhere.

    The role says what they may do, the scope for which sites.
    """

    name: str
    role: Role
    scope: Scope

    def may(self, right: Right) -> bool:
        """Whether their role holds this right."""
        return right in rights_of(self.role)


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A sign-in link: whose it is, until when it works, and when it was used, if it was."""

    name: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A signed-in browser: whose it is and when it was last used, in microseconds UTC."""

    person: Person
    used_us: int


def add_person(engine: Engine, *, name: str, role: Role, scope: Scope, now_us: int) -> bool:
    """Let somebody look; false where the name is taken. A removed person of that name comes back as is said here."""
    said = {
        "role": role,
        "created_us": now_us,
        "has_all_sites": scope.is_all,
        "is_mapped": False,
        "is_emergency": False,
    }
    with engine.begin() as connection:
        back = (
            update(people)
            .where(people.c.name == name, people.c.removed_us.is_not(None))
            .values(**said, removed_us=None)
            .returning(people.c.person)
        )
        person = connection.execute(back).scalar_one_or_none()
        if person is None:
            if connection.execute(select(people.c.person).where(people.c.name == name)).first():
                return False
            added = insert(people).values(name=name, **said).returning(people.c.person)
            person = connection.execute(added).scalar_one()
        # whoever was called so before has gone: their account and password sign in nobody who comes after them
        for table in (accounts, passwords, person_rules):
            connection.execute(delete(table).where(table.c.person == person))
        set_sites(connection, person, scope.sites or frozenset())
        return True


def remove_person(engine: Engine, *, name: str, now_us: int, keeps_last_admin: bool = False) -> bool:
    """Take the right to look away and end every session and link; false where nobody has that name.

    With `keeps_last_admin` also false for the last administrator of all sites.
    """
    with engine.begin() as connection:
        if keeps_last_admin:
            lock_people(connection)
            if _is_last_admin(connection, name):
                return False
        gone = connection.execute(
            update(people)
            .where(people.c.name == name, people.c.removed_us.is_(None))
            .values(removed_us=now_us, is_mapped=False)
            .returning(people.c.person)
        ).scalar_one_or_none()
        if gone is None:
            return False
        connection.execute(delete(sign_ins).where(sign_ins.c.person == gone))
        return True


def change_person(engine: Engine, was: Person, *, role: Role, seen: Scope) -> bool:
    """Give somebody another role and other sites; false where they are not as they were, or nobody else could.

    The last administrator of all sites keeps both: nobody could give them back on a page.
    """
    change = (
        update(people)
        .where(people.c.name == was.name, people.c.role == was.role, people.c.removed_us.is_(None))
        .values(role=role, has_all_sites=seen.is_all, is_mapped=False)
        .returning(people.c.person)
    )
    with engine.begin() as connection:
        lock_people(connection)
        if (role != "admin" or not seen.is_all) and _is_last_admin(connection, was.name):
            return False
        person = connection.execute(change).scalar_one_or_none()
        if person is not None:
            set_sites(connection, person, seen.sites or frozenset())
        return person is not None


def restore_person(engine: Engine, *, name: str) -> bool:
    """Take a removal back, role and sites as they were; false where nobody of that name is removed."""
    gone = (people.c.name == name, people.c.removed_us.is_not(None), ~people.c.is_mapped)
    change = update(people).where(*gone).values(removed_us=None)
    with engine.begin() as connection:
        return connection.execute(change).rowcount == 1


def list_removed(engine: Engine, scope: Scope, *, since_us: int) -> list[Person]:
    """Who was removed since (microseconds UTC), the last one first."""
    query = (
        select(people)
        .where(people.c.removed_us >= since_us, ~people.c.is_mapped)
        .order_by(people.c.removed_us.desc(), people.c.name)
    )
    with engine.connect() as connection:
        found = [_person(connection, row) for row in connection.execute(query).all()]
    return [person for person in found if person.scope.is_within(scope)]


def list_people(engine: Engine, scope: Scope) -> list[Person]:
    """Everybody who may look, by name; who does not see all sites is told of those who see no others."""
    with engine.connect() as connection:
        rows = connection.execute(select(people).where(people.c.removed_us.is_(None)).order_by(people.c.name)).all()
        found = [_person(connection, row) for row in rows]
    return [one for one in found if one.scope.is_within(scope)]


def add_link(engine: Engine, *, secret_hash: str, name: str, now_us: int, expires_us: int) -> bool:
    """Keep a one-time link for this person; false where nobody has that name. Expired ones are swept out."""
    with engine.begin() as connection:
        connection.execute(delete(sign_ins).where(sign_ins.c.expires_us <= now_us))
        person = connection.execute(
            select(people.c.person).where(people.c.name == name, people.c.removed_us.is_(None))
        ).scalar_one_or_none()
        if person is None:
            return False
        connection.execute(
            insert(sign_ins).values(
                secret_hash=secret_hash, kind="link", person=person, created_us=now_us, expires_us=expires_us
            )
        )
        return True


def find_link(engine: Engine, *, secret_hash: str) -> Link | None:
    """The link behind this hash, used or too old as it may be; None where it was swept out or never was."""
    query = (
        select(people.c.name, sign_ins.c.expires_us, sign_ins.c.used_us)
        .join(people, people.c.person == sign_ins.c.person)
        .where(sign_ins.c.secret_hash == secret_hash, sign_ins.c.kind == "link")
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    used = None if row.used_us is None else from_us(row.used_us)
    return Link(name=row.name, expires_at=from_us(row.expires_us), used_at=used)


def trade_link(engine: Engine, *, link_hash: str, session: NewSession) -> bool:
    """Turn an unused, unexpired link into a session, once: of two who try at the same time, one gets true."""
    with engine.begin() as connection:
        person = connection.execute(
            update(sign_ins)
            .where(
                sign_ins.c.secret_hash == link_hash,
                sign_ins.c.kind == "link",
                sign_ins.c.used_us.is_(None),
                sign_ins.c.expires_us > session.now_us,
            )
            .values(used_us=session.now_us)
            .returning(sign_ins.c.person)
        ).scalar_one_or_none()
        if person is None:
            return False
        open_session(connection, person, session)
        return True


def find_session(engine: Engine, *, session_hash: str, now_us: int, idle_us: int) -> Session | None:
    """The session behind a cookie, unless it expired, lay unused for longer than `idle_us`, or its person is gone."""
    with engine.connect() as connection:
        row = connection.execute(
            select(people, sign_ins.c.used_us.label("session_used_us"))
            .join(people, people.c.person == sign_ins.c.person)
            .where(
                sign_ins.c.secret_hash == session_hash,
                sign_ins.c.kind == "session",
                sign_ins.c.expires_us > now_us,
                sign_ins.c.used_us > now_us - idle_us,
                people.c.removed_us.is_(None),
            )
        ).first()
        return None if row is None else Session(person=_person(connection, row), used_us=row.session_used_us)


def touch_session(engine: Engine, *, session_hash: str, now_us: int) -> None:
    """Note that a session was used."""
    with engine.begin() as connection:
        connection.execute(update(sign_ins).where(sign_ins.c.secret_hash == session_hash).values(used_us=now_us))


def end_session(engine: Engine, *, session_hash: str) -> None:
    """Forget a session; it is no error if there is none."""
    with engine.begin() as connection:
        connection.execute(delete(sign_ins).where(sign_ins.c.secret_hash == session_hash))


def _person(connection: Connection, row: Any) -> Person:
    scope = Scope.all()
    if not row.has_all_sites:
        query = select(person_sites.c.site).where(person_sites.c.person == row.person)
        scope = Scope(sites=frozenset(connection.execute(query).scalars()))
    return Person(name=row.name, role=row.role, scope=scope.seen_with(rights_of(row.role)))


def set_sites(connection: Connection, person: int, sites: frozenset[int]) -> None:
    """Let somebody see these sites; only what differs is changed."""
    own = person_sites.c.person == person
    known = set(connection.execute(select(person_sites.c.site).where(own)).scalars())
    if gone := known - sites:
        connection.execute(delete(person_sites).where(own, person_sites.c.site.in_(gone)))
    if new := sites - known:
        connection.execute(insert(person_sites), [{"person": person, "site": site} for site in sorted(new)])


def lock_people(connection: Connection) -> None:
    """Let one change of who may do what happen at a time: the last administrator is counted before it."""
    put_setting(connection, "people.lock", "")


def _is_last_admin(connection: Connection, name: str) -> bool:
    query = select(people.c.name).where(
        people.c.role == "admin", people.c.has_all_sites, people.c.removed_us.is_(None)
    )
    return set(connection.execute(query).scalars()) == {name}
