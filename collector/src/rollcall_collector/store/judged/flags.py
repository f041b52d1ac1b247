"""Keeps flags: what judging opens, keeps and closes, and what people decide on them. Decisions are only ever added."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, Literal

from sqlalchemy import Connection, Select, bindparam, case, func, insert, select, update

from rollcall_collector.errors import FlagError, ReasonError, UnknownNameError
from rollcall_collector.model.flag import (
    NEED_A_REASON,
    SPEAKING,
    STANDING,
    TRANSITIONS,
    Action,
    Decision,
    Finding,
    Flag,
    FlagState,
    Outcome,
)
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import VERDICTS
from rollcall_collector.store.instants import from_day, from_us, to_day, to_us
from rollcall_collector.store.judged.verdicts import restate
from rollcall_collector.store.scoping import of_devices, within
from rollcall_collector.store.tables import carts, decisions, devices, flags, sites

_COLUMNS: Select[Any] = select(
    flags,
    devices.c.device_id,
    func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id).label("device_name"),
    sites.c.name.label("site_name"),
    carts.c.name.label("cart_name"),
).select_from(
    flags.join(devices, devices.c.device == flags.c.device)
    .outerjoin(sites, sites.c.site == devices.c.site)
    .outerjoin(carts, carts.c.cart == devices.c.cart)
)
_SAY = (
    update(flags)
    .where(flags.c.flag == bindparam("known"))
    .values({name: bindparam(f"new_{name}") for name in ("verdict", "sentence", "evidence", "seen_us")})
)
_PART = 1000
"""Flags a question: a database takes only so many names in one."""
_WORST_FIRST = case({one: place for place, one in enumerate(VERDICTS)}, value=flags.c.verdict, else_=len(VERDICTS))


def list_flags(
    connection: Connection,
    scope: Scope,
    *,
    states: Iterable[FlagState] = ("open",),
    device: int | None = None,
    at_most: int | None = None,
    skipped: int = 0,
) -> tuple[Flag, ...]:
    """Flags in scope and in these states, of all devices or of one, worst first, with their decisions."""
    query = _COLUMNS.where(flags.c.state.in_(tuple(states))).order_by(_WORST_FIRST, flags.c.opened_us, flags.c.flag)
    if device is not None:
        query = query.where(flags.c.device == device)
    rows = connection.execute(within(query, scope, devices.c.site).limit(at_most).offset(skipped)).all()
    decided = _decisions(connection, [row.flag for row in rows])
    return tuple(_flag(row, decided.get(row.flag, ())) for row in rows)


def find_flag(connection: Connection, scope: Scope, flag: int) -> Flag:
    """The flag of this number. Raises UnknownNameError where there is none."""
    found = find_flags(connection, scope, [flag])
    if not found:
        raise UnknownNameError(f"unknown flag {flag}: `rollcall flags list` names them")
    return found[0]


def find_flags(connection: Connection, scope: Scope, numbers: Sequence[int]) -> tuple[Flag, ...]:
    """Those of these few flags that are in scope, in the order of their numbers as given."""
    rows = connection.execute(within(_COLUMNS, scope, devices.c.site).where(flags.c.flag.in_(numbers))).all()
    decided = _decisions(connection, [row.flag for row in rows])
    found = {row.flag: _flag(row, decided.get(row.flag, ())) for row in rows}
    return tuple(found[number] for number in numbers if number in found)


def decide(
    connection: Connection,
    scope: Scope,
    flag: int,
    action: Action,
    *,
    author: str,
    reason: str = "",
    until: date | None = None,
    outcome: Outcome | None = None,
    replaced_by: str | None = None,
    now: datetime,
) -> Flag:
    """Take a decision and keep it with its author and reason. Postponing needs the day `until` which it rests.

    Finishing may say its outcome, and with "replaced" or "claimed" which device came instead.

    Raises FlagError where the flag is in no state for it; two people deciding at once: the second is told so. Raises
    ReasonError where a dismissal or a postponement does not say why.
    """
    if action in NEED_A_REASON and not reason.strip():
        raise ReasonError(action)
    if (until is not None) != (action == "postpone"):
        raise FlagError("a postponed flag needs the day on which to ask again, and only a postponed one has it")
    if (outcome is not None and action != "finish") or (replaced_by and outcome not in {"replaced", "claimed"}):
        raise FlagError("only a finished flag has an outcome, and only a replacement or a claim a new device")
    find_flag(connection, scope, flag)
    sources, target = TRANSITIONS[action]
    moved = connection.execute(
        update(flags).where(flags.c.flag == flag, flags.c.state.in_(sources)).values(state=target)
    )
    if moved.rowcount != 1:
        found = find_flag(connection, scope, flag)
        raise FlagError(f"flag {flag} is {found.state}: it cannot {action}; look again with `rollcall flags show`")
    connection.execute(
        insert(decisions).values(
            flag=flag,
            action=action,
            reason=reason,
            until_on=None if until is None else to_day(until),
            outcome=outcome,
            replaced_by=replaced_by or None,
            author=author,
            decided_us=to_us(now),
        )
    )
    decided = find_flag(connection, scope, flag)
    restate(connection, decided.device)
    return decided


def decide_all(
    connection: Connection,
    scope: Scope,
    chosen: Iterable[int],
    action: Literal["accept", "reopen"],
    *,
    author: str,
    now: datetime,
) -> int:
    """Accept those of these flags that are open, or take that back from those that are still accepted; how many.

    What somebody decided otherwise meanwhile is left as it is. Raises UnknownNameError.
    """
    source = "open" if action == "accept" else "accepted"
    standing = [flag for flag in dict.fromkeys(chosen) if find_flag(connection, scope, flag).state == source]
    for flag in standing:
        decide(connection, scope, flag, action, author=author, now=now)
    return len(standing)


def keep_findings(
    connection: Connection,
    device: int,
    findings: Iterable[Finding],
    *,
    rules: Iterable[str],
    now: datetime,
    anew: Container[str] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make a device's flags say what judging by these `rules` found. Returns the findings opened and those closed.

    What people decided stands: a dismissed flag opens again only where the finding is among those that new evidence
    alone would make (`anew`), a finished one only by new evidence (the judging leaves out what is older), a postponed
    one after its day (`wake_postponed`).
    """
    return keep_found(connection, {device: findings}, rules=rules, now=now, anew={device: anew})[device]


def keep_found(
    connection: Connection,
    found: Mapping[int, Iterable[Finding]],
    *,
    rules: Iterable[str],
    now: datetime,
    anew: Mapping[int, Container[str]],
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The same for several devices; what is new of flags that speak already is written for all of them at once."""
    if not found:
        return {}
    known, seen = _known(connection, tuple(found), tuple(rules)), to_us(now)
    changes: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    same: list[int] = []
    other: list[dict[str, Any]] = []
    for device, findings in found.items():
        held, opened = known[device], []
        stands = {one.finding: one for one in findings}
        for name, one in stands.items():
            row: Any = held.get(name)
            is_anew = name in anew.get(device, ())
            if _says(row, one, is_anew=is_anew):
                same.append(row.flag)
            elif _open(connection, device, row, finding=one, seen=seen, is_anew=is_anew):
                opened.append(name)
            else:
                other.append(
                    {f"new_{field}": value for field, value in _said(one, seen).items()} | {"known": row.flag}
                )
        gone = [row for name, row in held.items() if name not in stands and row.state in STANDING]
        closed = [row.finding for row in gone if _close(connection, row.flag, seen)]
        changes[device] = tuple(opened), tuple(closed)
    if same:
        connection.execute(update(flags).where(flags.c.flag.in_(same)).values(seen_us=seen))
    if other:
        connection.execute(_SAY, other)
    return changes


def _known(connection: Connection, devices: tuple[int, ...], rules: tuple[str, ...]) -> Mapping[int, dict[str, Any]]:
    """These rules' flags of each device, by finding."""
    known: dict[int, dict[str, Any]] = defaultdict(dict)
    query = select(flags).where(flags.c.device.in_(devices), flags.c.finding.in_(rules))
    for row in connection.execute(query):
        known[row.device][row.finding] = row
    return known


def _says(known: Any, one: Finding, *, is_anew: bool) -> bool:
    """Whether a flag speaks already and says the same."""
    if known is None or known.state not in (STANDING if is_anew else SPEAKING):
        return False
    return (known.verdict, known.sentence, known.evidence) == (one.verdict, one.sentence, dict(one.evidence))


def wake_postponed(connection: Connection, today: date) -> int:
    """Open again the flags whose postponement ends today or ended before. Returns how many."""
    last = (
        select(decisions.c.flag, func.max(decisions.c.decision).label("decision"))
        .where(decisions.c.action == "postpone")
        .group_by(decisions.c.flag)
        .subquery()
    )
    due = (
        select(decisions.c.flag)
        .join(last, last.c.decision == decisions.c.decision)
        .where(decisions.c.until_on <= to_day(today))
    )
    woken = update(flags).where(flags.c.state == "postponed", flags.c.flag.in_(due)).values(state="open")
    return connection.execute(woken).rowcount


def listed(connection: Connection, scope: Scope, finding: str) -> dict[int, str]:
    """The devices with a standing or dismissed flag of this finding, and the list on which its evidence puts them."""
    query = select(flags.c.device, flags.c.evidence).where(flags.c.finding == finding, flags.c.state.in_(SPEAKING))
    rows = connection.execute(of_devices(query, scope, flags.c.device))
    return {row.device: str(row.evidence.get("listed", "")) for row in rows}


def flagged_devices(connection: Connection) -> set[int]:
    """The keys of devices with a flag whose evidence stands."""
    return set(connection.execute(select(flags.c.device).where(flags.c.state.in_(SPEAKING)).distinct()).scalars())


def _close(connection: Connection, flag: int, closed: int) -> bool:
    ended = update(flags).where(flags.c.flag == flag, flags.c.state.in_(STANDING))
    ended = ended.values(state="closed", closed_us=closed)
    return connection.execute(ended).rowcount == 1


def _said(finding: Finding, seen: int) -> dict[str, Any]:
    return {
        "verdict": finding.verdict,
        "sentence": finding.sentence,
        "evidence": dict(finding.evidence),
        "seen_us": seen,
    }


def _open(connection: Connection, device: int, known: Any, *, finding: Finding, seen: int, is_anew: bool) -> bool:
    """Open a flag that there was not, or that had ended. Returns whether it was so."""
    said = _said(finding, seen)
    if known is None:
        connection.execute(
            insert(flags).values(device=device, finding=finding.finding, state="open", opened_us=seen, **said)
        )
        return True
    ended = ("closed", "done", "dismissed") if is_anew else ("closed", "done")
    if known.state not in ended:
        return False
    again = update(flags).where(flags.c.flag == known.flag, flags.c.state.in_(ended))
    return connection.execute(again.values(state="open", opened_us=seen, **said)).rowcount == 1


def _decisions(connection: Connection, keys: list[int]) -> dict[int, tuple[Decision, ...]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    parts = [keys[start : start + _PART] for start in range(0, len(keys), _PART)]
    query = select(decisions).order_by(decisions.c.decision)
    for row in chain.from_iterable(connection.execute(query.where(decisions.c.flag.in_(part))) for part in parts):
        found[row.flag].append(
            Decision(
                action=row.action,
                reason=row.reason,
                until_on=None if row.until_on is None else from_day(row.until_on),
                author=row.author,
                decided_at=from_us(row.decided_us),
                outcome=row.outcome,
                replaced_by=row.replaced_by,
            )
        )
    return {flag: tuple(taken) for flag, taken in found.items()}


def _flag(row: Any, decided: tuple[Decision, ...]) -> Flag:
    return Flag(
        flag=row.flag,
        device=row.device,
        device_id=row.device_id,
        device_name=row.device_name,
        site=row.site_name,
        cart=row.cart_name,
        finding=row.finding,
        verdict=row.verdict,
        state=row.state,
        sentence=row.sentence,
        evidence=row.evidence,
        opened_at=from_us(row.opened_us),
        seen_at=from_us(row.seen_us),
        closed_at=from_us(row.closed_us) if row.state == "closed" and row.closed_us is not None else None,
        decisions=decided,
    )
