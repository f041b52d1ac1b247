"""Says which sign-in gives which role: rules one by one, or the whole list of addresses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.people import ROLES
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.sign_in import rules as store
from rollcall_collector.store.sign_in.role_rule import RULE_KINDS, NewRule, RoleRule, RuleKind
from rollcall_collector.store.sites import site_keys

VALUE_MAX = 200
LINES_MAX = 5_000
HEADINGS: Mapping[str, str] = {
    "address": "address",
    "email": "address",
    "mail": "address",
    "email address": "address",
    "role": "role",
    "site": "site",
    "sites": "site",
    "school": "site",
    "schools": "site",
}
"""How a list of addresses may call its columns."""


class RoleMapError(CollectorError):
    """A rule or a list that cannot be taken; the text says what is wrong and where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """How many rules the list has now, and how many of them are new or other than before, and gone."""

    rules: int
    changed: int
    gone: int


def list_map(engine: Engine) -> list[RoleRule]:
    """Every rule, by kind and value."""
    with engine.connect() as connection:
        return store.list_rules(connection)


def add_rule(engine: Engine, kind: str, value: str, role: str, now: datetime, *, sites: Sequence[str] = ()) -> NewRule:
    """Keep a rule, in place of one of the same kind and value; without sites it gives all.

    Who had a role by the rule as it was is signed out. Raises RoleMapError.
    """
    with engine.connect() as connection:
        made = _rule(kind, value, role, sites, _site_keys(connection))
    _put(store.put_rules(engine, [made], now_us=to_us(now)))
    return made


def remove_rule(engine: Engine, kind: str, value: str, now: datetime) -> None:
    """Take a rule out; who has a role by it is signed out at once. Raises RoleMapError."""
    is_removed = store.remove_rule(engine, _kind(kind), _clean(_kind(kind), value), now_us=to_us(now))
    if is_removed is None:
        raise RoleMapError(f"there is no rule for {kind} '{value}': 'rollcall people map' lists those there are")
    _put(is_removed)


def import_addresses(engine: Engine, lines: Iterable[tuple[int, Mapping[str, str]]], now: datetime) -> Imported:
    """Take these lines, with their numbers, as the whole list: each has `address`, `role` and, where not all, `site`.

    Several lines of one address are one rule with their sites together. Who is not on it any more is signed out.
    Raises RoleMapError naming the line; then nothing is changed.
    """
    with engine.connect() as connection:
        keys = _site_keys(connection)
        before = {one.said.value: one.said for one in store.list_rules(connection) if one.said.kind == "address"}
    wanted: dict[str, NewRule] = {}
    for number, line in lines:
        if not {"address", "role"} <= line.keys():
            raise RoleMapError("the list needs a line of headings: address, role and, where not all, site")
        if number > LINES_MAX:
            raise RoleMapError(f"the list has more than {LINES_MAX} lines: leave out who gives a role to nobody")
        try:
            one = _rule("address", line["address"], line["role"].lower(), _split(line.get("site", "")), keys)
        except RoleMapError as error:
            raise RoleMapError(f"line {number}: {error}") from error
        wanted[one.value] = _joined(wanted.get(one.value), one, number)
    if not wanted:
        raise RoleMapError("the list names nobody: it needs headings (address, role) and a line for each person")
    _put(store.put_rules(engine, wanted.values(), now_us=to_us(now), instead_of="address"))
    return Imported(
        rules=len(wanted),
        changed=sum(before.get(value) != one for value, one in wanted.items()),
        gone=len(before.keys() - wanted.keys()),
    )


def _joined(before: NewRule | None, one: NewRule, number: int) -> NewRule:
    if before is None:
        return one
    if before.role != one.role:
        raise RoleMapError(f"line {number}: {one.value} is {before.role} on an earlier line and {one.role} here")
    sites = None if before.scope.sites is None or one.scope.sites is None else before.scope.sites | one.scope.sites
    return NewRule(kind=one.kind, value=one.value, role=one.role, scope=Scope(sites=sites))


def _rule(kind: str, value: str, role: str, sites: Sequence[str], keys: Mapping[str, int]) -> NewRule:
    known = next((one for one in ROLES if one == role), None)
    if known is None:
        raise RoleMapError(f"there is no role '{role}': say one of {', '.join(ROLES)}")
    unknown = [one for one in sites if one.lower() not in keys]
    if unknown:
        raise RoleMapError(f"there is no site '{unknown[0]}': 'rollcall sites list' names those there are")
    scope = Scope(sites=frozenset(keys[one.lower()] for one in sites)) if sites else Scope.all()
    return NewRule(kind=_kind(kind), value=_clean(_kind(kind), value), role=known, scope=scope)


def _kind(said: str) -> RuleKind:
    for one in RULE_KINDS:
        if one == said:
            return one
    raise RoleMapError(f"there is no kind of rule '{said}': say one of {', '.join(RULE_KINDS)}")


def _clean(kind: RuleKind, value: str) -> str:
    clean = value.strip()
    if not clean or len(clean) > VALUE_MAX or not clean.isprintable():
        raise RoleMapError(f"say what is to be shown, in 1 to {VALUE_MAX} letters that can be printed")
    if kind == "domain":
        clean = clean.removeprefix("@")
    is_address = clean.count("@") == 1 and all(clean.split("@"))
    if (kind == "address" and not is_address) or (kind == "domain" and "@" in clean):
        raise RoleMapError(f"'{clean}' is no {'e-mail address' if kind == 'address' else 'domain'}")
    return clean.lower() if kind in {"address", "domain"} else clean


def _split(sites: str) -> list[str]:
    return [one.strip() for one in sites.replace("|", ";").split(";") if one.strip()]


def _site_keys(connection: Connection) -> dict[str, int]:
    return {name.lower(): key for name, key in site_keys(connection, Scope.all()).items()}


def _put(is_safe: bool) -> None:  # noqa: FBT001  # the store's answer, handed on
    if not is_safe:
        raise RoleMapError("nobody would be left who administrates all schools: give somebody that role by hand first")
