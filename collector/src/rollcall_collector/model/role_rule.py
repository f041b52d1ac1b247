"""What a sign-in at the school's provider must show to give a role here, and which role it gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from rollcall_collector.model.person import ROLES, Role
from rollcall_collector.model.scope import Scope

RuleKind = Literal["address", "app_role", "group", "domain"]
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
_ORDER: tuple[frozenset[RuleKind], ...] = (
    frozenset({"address"}),
    frozenset({"app_role", "group"}),
    frozenset({"domain"}),
)
"""What is said of one person wins over what is said of a group, and that over what is said of everybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRule:
    """A rule as somebody says it; addresses and domains in small letters."""

    kind: RuleKind
    value: str
    role: Role
    scope: Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleRule:
    """A rule as it is kept, with its key."""

    rule: int
    said: NewRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """The role and the sites that rules give together, and which rules those are."""

    role: Role
    scope: Scope
    rules: frozenset[int]


def grant(rules: Iterable[RoleRule], shown: Mapping[RuleKind, frozenset[str]]) -> Granted | None:
    """What these rules give to who shows this; None where none fits: a sign-in alone gives nothing.

    Of rules that weigh alike the highest role holds, for the sites of all rules that give it.
    """
    fitting = [one for one in rules if one.said.value in shown.get(one.said.kind, frozenset())]
    for kinds in _ORDER:
        found = [one for one in fitting if one.said.kind in kinds]
        if not found:
            continue
        role = min((one.said.role for one in found), key=ROLES.index)
        giving = [one for one in found if one.said.role == role]
        return Granted(
            role=role, scope=_together(one.said.scope for one in giving), rules=frozenset(one.rule for one in giving)
        )
    return None


def _together(scopes: Iterable[Scope]) -> Scope:
    sites: frozenset[int] = frozenset()
    for one in scopes:
        if one.sites is None:
            return Scope.all()
        sites |= one.sites
    return Scope(sites=sites)
