"""Keeps the role map; where a rule is changed or gone, who has a role by it signs in anew."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Engine, delete, insert, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.people import lock_people
from rollcall_collector.store.sign_in.accounts import lapse
from rollcall_collector.store.sign_in.role_rule import NewRule, RoleRule, RuleKind
from rollcall_collector.store.tables import people, person_rules, role_rule_sites, role_rules


def list_rules(connection: Connection) -> list[RoleRule]:
    """Every rule, by kind and value."""
    sites: dict[int, set[int]] = {}
    for rule, site in connection.execute(select(role_rule_sites.c.rule, role_rule_sites.c.site)):
        sites.setdefault(rule, set()).add(site)
    return [
        RoleRule(
            rule=row.rule,
            said=NewRule(
                kind=row.kind,
                value=row.value,
                role=row.role,
                scope=Scope.all() if row.has_all_sites else Scope(sites=frozenset(sites.get(row.rule, ()))),
            ),
        )
        for row in connection.execute(select(role_rules).order_by(role_rules.c.kind, role_rules.c.value))
    ]


def put_rules(engine: Engine, rules: Iterable[NewRule], *, now_us: int, instead_of: RuleKind | None = None) -> bool:
    """Keep these rules, in place of earlier ones of the same kind and value; with `instead_of` of all of that kind.

    Who has a role by a rule that changes is signed out and has none until they sign in again. False, and nothing
    happens, where no administrator of all sites would be left.
    """
    wanted = {(one.kind, one.value): one for one in rules}
    with engine.begin() as connection:
        lock_people(connection)
        kept = {(one.said.kind, one.said.value): one for one in list_rules(connection)}
        gone = [one.rule for key, one in kept.items() if key[0] == instead_of and key not in wanted]
        gone += [one.rule for key, one in kept.items() if key in wanted and wanted[key] != one.said]
        is_safe = _drop(connection, gone, now_us)
        for key, one in wanted.items():
            if key not in kept or kept[key].said != one:
                _add(connection, one)
        if not is_safe:
            connection.rollback()
        return is_safe


def remove_rule(engine: Engine, kind: RuleKind, value: str, *, now_us: int) -> bool | None:
    """Take a rule out; None where there is none, False as above."""
    found = select(role_rules.c.rule).where(role_rules.c.kind == kind, role_rules.c.value == value)
    with engine.begin() as connection:
        lock_people(connection)
        rule = connection.execute(found).scalar_one_or_none()
        if rule is None:
            return None
        is_safe = _drop(connection, [rule], now_us)
        if not is_safe:
            connection.rollback()
        return is_safe


def _drop(connection: Connection, rules: Collection[int], now_us: int) -> bool:
    """Take rules out and the roles they gave; whether an administrator is left, where one was before."""
    if not rules:
        return True
    had_admin = _has_admin(connection)
    holders = (
        select(person_rules.c.person)
        .join(people, people.c.person == person_rules.c.person)
        .where(person_rules.c.rule.in_(rules), people.c.is_mapped)
    )
    lapse(connection, connection.execute(holders).scalars().all(), now_us)
    connection.execute(delete(role_rules).where(role_rules.c.rule.in_(rules)))
    return not had_admin or _has_admin(connection)


def _has_admin(connection: Connection) -> bool:
    query = select(people.c.person).where(
        people.c.role == "admin", people.c.has_all_sites, people.c.removed_us.is_(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def _add(connection: Connection, one: NewRule) -> None:
    added = insert(role_rules).values(kind=one.kind, value=one.value, role=one.role, has_all_sites=one.scope.is_all)
    rule = connection.execute(added.returning(role_rules.c.rule)).scalar_one()
    if one.scope.sites:
        connection.execute(insert(role_rule_sites), [{"rule": rule, "site": site} for site in one.scope.sites])
