"""A role comes from the rules that people made: what is said of one person weighs more than what is said of many."""

import pytest

from rollcall_collector.identity.people import Role
from rollcall_collector.identity.sign_in.grant import grant
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sign_in.role_rule import NewRule, RoleRule, RuleKind


def rule(key: int, kind: RuleKind, value: str, role: Role, *sites: int) -> RoleRule:
    scope = Scope(sites=frozenset(sites)) if sites else Scope.all()
    return RoleRule(rule=key, said=NewRule(kind=kind, value=value, role=role, scope=scope))


RULES = (
    rule(1, "domain", "s.example", "viewer"),
    rule(2, "group", "oak", "technician", 10),
    rule(3, "group", "elm", "technician", 11),
    rule(4, "app_role", "boss", "admin"),
    rule(5, "group", "all", "viewer"),
    rule(6, "address", "kim@s.example", "viewer", 12),
)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({}, None),
        ({"group": {"pupils"}}, None),
        ({"domain": {"s.example"}}, ("viewer", None, {1})),
        ({"domain": {"s.example"}, "group": {"oak"}}, ("technician", {10}, {2})),
        ({"group": {"oak", "elm"}}, ("technician", {10, 11}, {2, 3})),
        ({"group": {"oak", "all"}}, ("technician", {10}, {2})),
        ({"group": {"oak"}, "app_role": {"boss"}}, ("admin", None, {4})),
        ({"address": {"kim@s.example"}, "app_role": {"boss"}}, ("viewer", {12}, {6})),
        ({"address": {"boss"}}, None),
    ],
)
def test_who_shows_this_gets_that(
    shown: dict[RuleKind, set[str]], expected: tuple[Role, set[int] | None, set[int]] | None
) -> None:
    granted = grant(RULES, {kind: frozenset(values) for kind, values in shown.items()})

    if expected is None:
        assert granted is None
    else:
        assert granted is not None
        sites = None if granted.scope.sites is None else set(granted.scope.sites)
        assert (granted.role, sites, set(granted.rules)) == expected
