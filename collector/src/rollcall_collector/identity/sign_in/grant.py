"""Decides which role an account gets by what it shows: by the rules that people made, and by nothing else."""

from collections.abc import Iterable, Mapping

from rollcall_collector.identity.sign_in.kind import Account
from rollcall_collector.model.person import ROLES
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sign_in.role_rule import Granted, RoleRule, RuleKind

_ORDER: tuple[frozenset[RuleKind], ...] = (
    frozenset({"address"}),
    frozenset({"app_role", "group"}),
    frozenset({"domain"}),
)
"""What is said of one person wins over what is said of a group, and that over what is said of everybody."""


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


def shown_by(account: Account) -> dict[RuleKind, frozenset[str]]:
    """What an account shows to the role map."""
    address = account.address
    return {
        "address": frozenset({address} if address else ()),
        "domain": frozenset({address.rpartition("@")[2]} if address else ()),
        "app_role": account.app_roles,
        "group": account.groups,
    }
