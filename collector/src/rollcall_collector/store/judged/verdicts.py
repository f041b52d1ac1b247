"""Keeps the one verdict on each device: the worst of its standing flags, else what judging says of its exposure.

Whom people dismissed is not called healthy while judging still names it: its verdict says who dismissed it, and when.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, update

from rollcall_collector.model.flag import SPEAKING, STANDING
from rollcall_collector.model.verdict import VERDICTS, DeviceVerdict
from rollcall_collector.model.wording import say_date
from rollcall_collector.store.instants import from_day, local_day, to_day, to_us
from rollcall_collector.store.judged.decisions import DECIDED, ZONE
from rollcall_collector.store.putting import put_tuples
from rollcall_collector.store.tables import decisions, flags, judging_runs, verdicts

_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_NAMES = (
    "device",
    "verdict",
    "rank",
    "sentence",
    "unflagged_verdict",
    "unflagged_sentence",
    "active_days",
    "first_on",
)
_HELD = select(*(verdicts.c[name] for name in _NAMES)).where(verdicts.c.device.in_(_KEYS))
_SPOKEN = (
    select(flags.c.device, flags.c.verdict, flags.c.sentence, flags.c.state)
    .where(flags.c.device.in_(_KEYS), flags.c.state.in_(SPEAKING))
    .order_by(flags.c.flag)
)


def keep_verdicts(
    connection: Connection,
    judged: Mapping[int, DeviceVerdict],
    now: datetime,
    *,
    found_since: datetime | None = None,
) -> None:
    """Replace the verdicts of these devices that changed; each says what holds while no flag speaks of the device.

    A dismissed flag speaks of it if its evidence was seen since `found_since`: the last judging of the fleet, unless
    it is given.
    """
    keys = tuple(judged)
    if not keys:
        return
    shown = _said(connection, keys, None if found_since is None else to_us(found_since))
    held = {row[0]: row for row in connection.execute(_HELD, {"keys": keys}).all()}
    judged_us, rows = to_us(now), []
    for device, own in judged.items():
        verdict, sentence = shown.get(device, (own.verdict, own.sentence))
        first_on = None if own.first_active_on is None else to_day(own.first_active_on)
        rank = VERDICTS.index(verdict)
        said = (device, verdict, rank, sentence, own.verdict, own.sentence, own.active_days, first_on)
        if said != held.get(device):
            rows.append((*said[:-1], judged_us, first_on))
    put_tuples(connection, verdicts, rows)


def restate(connection: Connection, device: int) -> None:
    """Say a device's verdict anew after a decision on one of its flags."""
    row = connection.execute(select(verdicts).where(verdicts.c.device == device)).first()
    if row is None:
        return
    own = (row.unflagged_verdict, row.unflagged_sentence)
    verdict, sentence = _said(connection, (device,)).get(device, own)
    connection.execute(
        update(verdicts)
        .where(verdicts.c.device == device)
        .values(verdict=verdict, sentence=sentence, rank=VERDICTS.index(verdict))
    )


def active_days_by_device(connection: Connection) -> dict[int, int]:
    """The active days that carry each device's verdict, by key."""
    return {
        row.device: row.active_days for row in connection.execute(select(verdicts.c.device, verdicts.c.active_days))
    }


def _said(connection: Connection, keys: tuple[int, ...], found_us: int | None = None) -> dict[int, tuple[str, str]]:
    """For each device of which a flag speaks the verdict and its sentence."""
    if found_us is None:
        found_us = connection.execute(select(func.max(judging_runs.c.judged_us))).scalar() or 0
    spoken = connection.execute(_SPOKEN, {"keys": keys}).all()
    dismissed = tuple(row.device for row in spoken if row.state == "dismissed")
    return (_dismissed(connection, dismissed, found_us) if dismissed else {}) | _standing(spoken)


def _standing(spoken: Iterable[Any]) -> dict[int, tuple[str, str]]:
    """For each flagged device the worst verdict and its sentence."""
    found: dict[int, tuple[str, str]] = {}
    for row in spoken:
        held = found.get(row.device)
        if row.state in STANDING and (held is None or VERDICTS.index(row.verdict) < VERDICTS.index(held[0])):
            found[row.device] = (row.verdict, row.sentence)
    return found


def _dismissed(connection: Connection, keys: tuple[int, ...], found_us: int) -> dict[int, tuple[str, str]]:
    """For each device with a dismissed flag whose evidence was seen since: that it is named, and who dismissed it."""
    query = (
        select(
            flags.c.device,
            flags.c.sentence,
            decisions.c.author,
            decisions.c.reason,
            decisions.c.decided_us,
            ZONE,
        )
        .select_from(DECIDED)
        .where(
            flags.c.device.in_(keys),
            flags.c.state == "dismissed",
            flags.c.seen_us >= found_us,
            decisions.c.action == "dismiss",
        )
        .order_by(decisions.c.decision)
    )
    found: dict[int, tuple[str, str]] = {}
    for row in connection.execute(query):
        day = say_date(from_day(local_day(row.decided_us, row.zone)))
        why = f": “{row.reason.rstrip('.')}”" if row.reason else ""
        found[row.device] = ("watch", f"Named, dismissed by {row.author} on {day}{why}. {row.sentence}")
    return found
