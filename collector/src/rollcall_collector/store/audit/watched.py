"""Says which tables' changes go into the audit log, by which words, and never with a secret."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, Connection, Select, select

from rollcall_collector.store.instants import from_day, from_us
from rollcall_collector.store.tables import (
    accounts,
    cart_codes,
    carts,
    complaints,
    decisions,
    devices,
    enroll_tokens,
    flags,
    holidays,
    kept_settings,
    lessons,
    passwords,
    people,
    person_sites,
    program_sites,
    programs,
    publishers,
    restores,
    role_rule_sites,
    role_rules,
    roster_changes,
    sign_ins,
    sites,
)

_LIST_BEFORE = "roster.before"
_ENTERED = ("school", "plan.prices", "sign_in")
"""Of the settings that the store keeps, those that people enter; the others are secrets and marks."""
Deed = Literal["decided", "changed", "enrolled", "revoked", "exported", "signed_in"]
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditSubject:
    """What a change is about, as people call it, and the key of the site that it belongs to."""

    name: str
    site: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """One table: the word for what it holds, the columns that are told, and how its rows are called.

    `deed` may depend on how a row was and is. `nobody` is who did it where nobody was signed in; without it such a
    change is not noted. Of what `is_own` the subject is the author then. `tell` says of a row what is told, where
    that is no column of it.
    """

    noun: str
    told: tuple[str, ...]
    find: Callable[[Connection, Row], AuditSubject]
    deed: Deed | Callable[[Row | None, Row | None], Deed] = "changed"
    nobody: str = ""
    is_own: bool = False
    tell: Callable[[Row], Mapping[str, Any]] | None = None

    def say(self, row: Row | None) -> dict[str, Any] | None:
        """What is told of a row; None of one that is not there."""
        if row is None:
            return None
        return dict(self.tell(row)) if self.tell else dict(_told(name, row.get(name)) for name in self.told)


def _told(name: str, value: Any) -> tuple[str, Any]:
    """A column as people read it: instants and days by the calendar."""
    if name.endswith("_us"):
        return f"{name.removesuffix('_us')}_at", None if value is None else from_us(value).isoformat()
    if name == "on" or name.endswith("_on"):
        return name, None if value is None else from_day(value).isoformat()
    return name, value


def _named(query: Callable[[Row], Select[Any]]) -> Callable[[Connection, Row], AuditSubject]:
    """A subject that the query answers: its name, then its site."""

    def find(connection: Connection, row: Row) -> AuditSubject:
        found = connection.execute(query(row)).first()
        return AuditSubject(name="?") if found is None else AuditSubject(name=str(found[0]), site=found[1])

    return find


def _site(row: Row) -> Select[Any]:
    return select(sites.c.name, sites.c.site).where(sites.c.site == row["site"])


def _cart(row: Row) -> Select[Any]:
    return select(carts.c.name, carts.c.site).where(carts.c.cart == row["cart"])


def _flag(row: Row) -> Select[Any]:
    is_it = flags.c.flag == row["flag"]
    return select(devices.c.device_id + " " + flags.c.finding, devices.c.site).join(flags).where(is_it)


def _called(name: Column[str], key: Column[int]) -> Callable[[Connection, Row], AuditSubject]:
    """A subject of another table, by the key that the row has of it; its site is the row's."""

    def find(connection: Connection, row: Row) -> AuditSubject:
        found = connection.execute(select(name).where(key == row[key.name])).scalar()
        return AuditSubject(name=str(found), site=row.get("site"))

    return find


_person = _called(people.c.name, people.c.person)
_program = _called(programs.c.name, programs.c.program)
_rule = _called(role_rules.c.value, role_rules.c.rule)


def _publisher(connection: Connection, row: Row) -> AuditSubject:
    site = connection.execute(select(devices.c.site).where(devices.c.device == row.get("device"))).scalar()
    return AuditSubject(name=row["name"], site=site if site is not None else row.get("site"))


def _own_name(_connection: Connection, row: Row) -> AuditSubject:
    return AuditSubject(name=row["name"], site=row.get("site"))


def _restored(_connection: Connection, row: Row) -> AuditSubject:
    return AuditSubject(name=f"{from_us(row['restored_us']):%Y-%m-%d %H:%M} UTC")


def _own_value(_connection: Connection, row: Row) -> AuditSubject:
    return AuditSubject(name=row["value"])


def _own_site(_connection: Connection, row: Row) -> AuditSubject:
    return AuditSubject(name=row.get("subject") or row["target"], site=row.get("site"))


def _of_publisher(before: Row | None, after: Row | None) -> Deed:
    if after is None or (before is not None and after["revoked_us"] is not None):
        return "revoked"
    is_anew = before is None or before["enrolled_us"] != after["enrolled_us"]
    return "enrolled" if is_anew else "changed"


def _of_token(_before: Row | None, after: Row | None) -> Deed:
    return "revoked" if after is None else "changed"


def _of_program(before: Row | None, after: Row | None) -> Deed:
    return "revoked" if before is not None and after is not None and after["revoked_us"] else "changed"


def _of_sign_in(_before: Row | None, after: Row | None) -> Deed:
    return "signed_in" if after is not None and after["kind"] == "session" else "changed"


def _of_way_in(row: Row) -> Mapping[str, Any]:
    """A link or a session; a state that was used is told by the session that it opened."""
    return {} if row.get("kind") == "state" else {"kind": row.get("kind"), "way": row.get("way")}


def _entered(row: Row) -> Mapping[str, Any]:
    """Of what people entered what holds since; of a list that was imported how long the one before it was."""
    if row["name"] == _LIST_BEFORE:
        return {"list_before_letters": len(row["value"])}
    if row["name"] not in _ENTERED:
        return {}
    changes = json.loads(row["value"]).get("changes", [])
    return changes[-1].get("values", {}) if changes else {}


WATCHED: Mapping[str, Watched] = {
    decisions.name: Watched(
        noun="flag",
        told=("action", "reason", "until_on", "outcome", "replaced_by"),
        find=_named(_flag),
        deed="decided",
    ),
    flags.name: Watched(noun="flag", told=("state",), find=_named(_flag), deed="decided"),
    people.name: Watched(noun="person", told=("role", "has_all_sites", "removed_us"), find=_own_name),
    person_sites.name: Watched(noun="person's site", told=("site",), find=_person),
    programs.name: Watched(
        noun="program", told=("scopes", "has_all_sites", "ends_us", "revoked_us"), find=_own_name, deed=_of_program
    ),
    program_sites.name: Watched(noun="program's site", told=("site",), find=_program),
    sign_ins.name: Watched(
        noun="sign-in", told=(), find=_person, deed=_of_sign_in, nobody="?", is_own=True, tell=_of_way_in
    ),
    accounts.name: Watched(noun="account", told=("issuer",), find=_person),
    passwords.name: Watched(noun="password", told=("changed_us",), find=_person),
    role_rules.name: Watched(noun="role rule", told=("kind", "value", "role", "has_all_sites"), find=_own_value),
    role_rule_sites.name: Watched(noun="role rule's site", told=("site",), find=_rule),
    publishers.name: Watched(
        noun="publisher",
        told=("enrolled_us", "revoked_us", "platform"),
        find=_publisher,
        deed=_of_publisher,
        nobody="an enrollment token",
    ),
    enroll_tokens.name: Watched(
        noun="enrollment token", told=("platform", "expires_us"), find=_named(_site), deed=_of_token
    ),
    sites.name: Watched(noun="site", told=("name", "zone", "days", "opens_minute", "closes_minute"), find=_own_name),
    holidays.name: Watched(noun="holiday", told=("on", "name"), find=_named(_site)),
    lessons.name: Watched(noun="lesson", told=("label", "starts_minute", "ends_minute"), find=_named(_site)),
    carts.name: Watched(noun="cart", told=("name", "home_room", "slots", "charging"), find=_own_name),
    cart_codes.name: Watched(noun="code on a cart", told=("made_us", "ended_us"), find=_named(_cart)),
    complaints.name: Watched(noun="complaint", told=("slot", "trouble", "closed_us"), find=_named(_cart)),
    restores.name: Watched(noun="restore", told=("closed_us",), find=_restored),
    roster_changes.name: Watched(noun="places", told=("kind", "target", "devices", "undone_us"), find=_own_site),
    kept_settings.name: Watched(noun="setting", told=(), find=_own_name, tell=_entered),
}
"""What is not here is what devices tell, what judging says, or what is told by another table of these."""
