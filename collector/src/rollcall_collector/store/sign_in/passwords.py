"""Keeps the hashes of passwords, and when the emergency administrator signed in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select, update

from rollcall_collector.store.instants import from_us
from rollcall_collector.store.people import lock_people
from rollcall_collector.store.sign_in.sessions import NewSession, open_session
from rollcall_collector.store.tables import emergency_uses, passwords, people, sign_ins

_TOLD_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptPassword:
    """The password of somebody who may look: its hash, and whether it is the emergency administrator's."""

    person: int
    secret_hash: str
    is_emergency: bool


def find_password(engine: Engine, name: str) -> KeptPassword | None:
    """The password of this name; None where nobody has it, or has none."""
    query = (
        select(passwords, people.c.is_emergency)
        .join(people, people.c.person == passwords.c.person)
        .where(people.c.name == name, people.c.removed_us.is_(None))
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return KeptPassword(person=row.person, secret_hash=row.secret_hash, is_emergency=row.is_emergency)


def has_passwords(engine: Engine) -> bool:
    """Whether anybody can sign in by a password."""
    query = select(passwords.c.person).join(people, people.c.person == passwords.c.person)
    with engine.connect() as connection:
        return connection.execute(query.where(people.c.removed_us.is_(None)).limit(1)).first() is not None


def list_holders(connection: Connection) -> set[str]:
    """The names of those who have a password and may look."""
    query = select(people.c.name).join(passwords, passwords.c.person == people.c.person)
    return set(connection.execute(query.where(people.c.removed_us.is_(None), ~people.c.is_emergency)).scalars())


def put_password(engine: Engine, name: str, secret_hash: str, *, keep_session: str, now_us: int) -> bool:
    """Give somebody this password; every session but the kept one ends. False where nobody has that name."""
    with engine.begin() as connection:
        person = _find(connection, name)
        if person is None:
            return False
        _put(connection, person, secret_hash, now_us)
        connection.execute(delete(sign_ins).where(sign_ins.c.person == person, sign_ins.c.secret_hash != keep_session))
        return True


def drop_password(engine: Engine, name: str) -> bool:
    """Take somebody's password and end every session and link of theirs; false where nobody has that name."""
    with engine.begin() as connection:
        person = _find(connection, name)
        if person is None:
            return False
        connection.execute(delete(passwords).where(passwords.c.person == person))
        connection.execute(delete(sign_ins).where(sign_ins.c.person == person))
        return True


def replace_hash(engine: Engine, person: int, secret_hash: str, *, was: str) -> None:
    """The same password, hashed as it is today; nothing where it was changed in between."""
    with engine.begin() as connection:
        connection.execute(
            update(passwords)
            .where(passwords.c.person == person, passwords.c.secret_hash == was)
            .values(secret_hash=secret_hash)
        )


def enter_by_password(engine: Engine, kept: KeptPassword, session: NewSession) -> bool:
    """Open the session, and note it where it is an emergency; false where the password was changed meanwhile."""
    still = select(passwords.c.person).where(
        passwords.c.person == kept.person, passwords.c.secret_hash == kept.secret_hash
    )
    with engine.begin() as connection:
        if connection.execute(still).first() is None:
            return False
        open_session(connection, kept.person, session)
        if kept.is_emergency:
            connection.execute(insert(emergency_uses).values(used_us=session.now_us))
        return True


def put_emergency(engine: Engine, name: str, secret_hash: str, now_us: int) -> str:
    """The one emergency administrator, made where there is none yet, gets this password; how they are called."""
    with engine.begin() as connection:
        lock_people(connection)
        found = connection.execute(select(people).where(people.c.is_emergency)).first()
        if found is None:
            added = insert(people).values(name=name, role="admin", created_us=now_us, is_emergency=True)
            person = int(connection.execute(added.returning(people.c.person)).scalar_one())
        else:
            person, name = found.person, found.name
            connection.execute(
                update(people)
                .where(people.c.person == person)
                .values(role="admin", has_all_sites=True, removed_us=None)
            )
        _put(connection, person, secret_hash, now_us)
        connection.execute(delete(sign_ins).where(sign_ins.c.person == person))
        return str(name)


def has_emergency(engine: Engine) -> bool:
    """Whether there is an emergency administrator."""
    with engine.connect() as connection:
        found = select(people.c.person).where(people.c.is_emergency, people.c.removed_us.is_(None))
        return connection.execute(found).first() is not None


def untold_uses(engine: Engine, name: str) -> list[datetime]:
    """When the emergency administrator signed in since this administrator said that they saw it, newest first."""
    seen = select(people.c.emergency_seen_us).where(people.c.name == name).scalar_subquery()
    query = (
        select(emergency_uses.c.used_us)
        .where(emergency_uses.c.used_us > seen)
        .order_by(emergency_uses.c.used_us.desc())
    )
    with engine.connect() as connection:
        return [from_us(one) for one in connection.execute(query.limit(_TOLD_MAX)).scalars()]


def note_told(engine: Engine, name: str, until_us: int) -> None:
    """This administrator saw every use until then."""
    with engine.begin() as connection:
        connection.execute(update(people).where(people.c.name == name).values(emergency_seen_us=until_us))


def _find(connection: Connection, name: str) -> int | None:
    found = select(people.c.person).where(people.c.name == name, people.c.removed_us.is_(None))
    return connection.execute(found).scalar_one_or_none()


def _put(connection: Connection, person: int, secret_hash: str, now_us: int) -> None:
    if (
        connection.execute(
            update(passwords).where(passwords.c.person == person).values(secret_hash=secret_hash, changed_us=now_us)
        ).rowcount
        == 0
    ):
        connection.execute(insert(passwords).values(person=person, secret_hash=secret_hash, changed_us=now_us))
