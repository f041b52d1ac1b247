"""Opens a session for an account at the provider: finds whose it is, gives what the role map gives, in one step."""

from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import Connection, Engine, delete, insert, select, update

from rollcall_collector.store.people import lock_people, set_sites
from rollcall_collector.store.sign_in.role_rule import Granted
from rollcall_collector.store.sign_in.sessions import NewSession, open_session
from rollcall_collector.store.tables import accounts, people, person_rules, sign_ins

Outcome = Literal["in", "state", "role", "removed"]
"""In, or why not: the state was used before, nothing gives a role, an administrator removed them."""


def enter_by_account(
    engine: Engine,
    *,
    issuer: str,
    subject: str,
    name: str,
    granted: Granted | None,
    state_hash: str,
    session: NewSession,
) -> Outcome:
    """Open the session where somebody's role is theirs by hand or by the map; who has none leaves no row."""
    with engine.begin() as connection:
        lock_people(connection)
        known = connection.execute(_whose(issuer, subject)).first()
        if known is None and granted is None:
            return "role"
        if connection.execute(select(sign_ins.c.kind).where(sign_ins.c.secret_hash == state_hash)).first():
            return "state"
        if known is not None and known.removed_us is not None and not known.is_mapped:
            return "removed"
        if known is not None and known.is_mapped and granted is None:
            lapse(connection, (known.person,), session.now_us)
            return "role"
        person = _add(connection, issuer, subject, name, session.now_us) if known is None else known.person
        if granted is not None and (known is None or known.is_mapped):
            _give(connection, person, granted)
        _note_state(connection, state_hash, person, session)
        open_session(connection, person, session)
        return "in"


def connect_account(engine: Engine, *, issuer: str, subject: str, name: str) -> bool:
    """Let an account sign in somebody who is here already, role as it is; false where it is somebody else's."""
    with engine.begin() as connection:
        lock_people(connection)
        known = connection.execute(_whose(issuer, subject)).first()
        if known is not None:
            return bool(known.name == name)
        here = select(people.c.person).where(people.c.name == name, people.c.removed_us.is_(None))
        person = connection.execute(here).scalar_one()
        connection.execute(insert(accounts).values(issuer=issuer, subject=subject, person=person))
        return True


def lapse(connection: Connection, persons: Collection[int], now_us: int) -> None:
    """Nothing gives these people a role any more: they are signed out, and come back once something does."""
    gone = people.c.person.in_(persons), people.c.removed_us.is_(None)
    connection.execute(update(people).where(*gone).values(removed_us=now_us))
    connection.execute(delete(person_rules).where(person_rules.c.person.in_(persons)))
    connection.execute(delete(sign_ins).where(sign_ins.c.person.in_(persons)))


def _whose(issuer: str, subject: str) -> Any:
    return (
        select(people)
        .join(accounts, accounts.c.person == people.c.person)
        .where(accounts.c.issuer == issuer, accounts.c.subject == subject)
    )


def _add(connection: Connection, issuer: str, subject: str, name: str, now_us: int) -> int:
    """A new person; where somebody else is called so, a number tells them apart."""
    taken = set(
        connection.execute(select(people.c.name).where(people.c.name.startswith(name, autoescape=True))).scalars()
    )
    free = next(
        one for one in (name, *(f"{name} {number}" for number in range(2, len(taken) + 3))) if one not in taken
    )
    added = insert(people).values(name=free, role="viewer", created_us=now_us, has_all_sites=False, is_mapped=True)
    person = int(connection.execute(added.returning(people.c.person)).scalar_one())
    connection.execute(insert(accounts).values(issuer=issuer, subject=subject, person=person))
    return person


def _give(connection: Connection, person: int, granted: Granted) -> None:
    connection.execute(
        update(people)
        .where(people.c.person == person)
        .values(role=granted.role, has_all_sites=granted.scope.is_all, removed_us=None)
    )
    set_sites(connection, person, granted.scope.sites or frozenset())
    connection.execute(delete(person_rules).where(person_rules.c.person == person))
    connection.execute(insert(person_rules), [{"person": person, "rule": rule} for rule in sorted(granted.rules)])


def _note_state(connection: Connection, state_hash: str, person: int, session: NewSession) -> None:
    # the cookie that bears it is good for ten minutes, so it need not be remembered for longer than the session
    connection.execute(
        insert(sign_ins).values(
            secret_hash=state_hash,
            kind="state",
            person=person,
            created_us=session.now_us,
            expires_us=session.expires_us,
        )
    )
