"""What a sign-in at the school's provider must show to give a role here, and which role it gives."""

from dataclasses import dataclass
from typing import Literal, get_args

from rollcall_collector.model.person import Role
from rollcall_collector.model.scope import Scope

RuleKind = Literal["address", "app_role", "group", "domain"]
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)


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
